using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IceCream.Host.Commands;
using IceCream.Host.Configuration;
using IceCream.Host.Tests.Kit;
using IceCream.Identity;
using IceCream.Nodes;
using Xunit;

namespace IceCream.Host.Tests.Configuration;

/// <summary>What is shown of a machine is what its nodes do, also when it has joined a farm or is one's scheduler.</summary>
public sealed class MembershipTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "--insecure")]
    [InlineData(false, "--join-file /token")]
    [InlineData(true, "")]
    [InlineData(true, "--insecure")]
    public void Where_a_daemon_listens_and_what_it_is_called_is_shown(bool hasJoined, string options)
    {
        if (hasJoined)
        {
            Join("certified");
        }

        Settings settings = Load(["daemon", "--state-dir", _folder.Path, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        DaemonNodeOptions daemon = DaemonCommand.Describe(settings, isManagedService: false, Places.Own());
        using NodeCredentials? credentials = daemon.Credentials;
        var shown = InForce.OfNodes(settings, Places.Own()).ToDictionary(static setting => setting.Name, static setting => setting.Value);
        Assert.Equal(daemon.Name, shown["name"]);
        Assert.Equal($"{daemon.Listen} (daemon), {SchedulerCommand.Describe(settings).Listen} (scheduler)".Replace("tcp://", "", StringComparison.Ordinal), shown["listen"]);
        Assert.Equal(hasJoined && options.Length == 0, daemon.Name == "certified");
    }

    [Fact]
    public async Task A_node_that_cannot_start_is_shown_and_told()
    {
        _folder.Write("identity/node.pem", "no certificate");
        File.SetUnixFileMode(Path.Combine(_folder.Path, "identity/node.pem"), UnixFileMode.UserRead);
        Ending ending = await HostProcess.RunAsync(["config", "--state-dir", _folder.Path]);
        Assert.NotEqual(0, ending.ExitCode);
        Assert.Matches("(?m)^name +\\(unknown\\)", ending.Output);
        Assert.Contains("damaged", ending.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 2)]
    public async Task A_dashboard_for_others_is_allowed_where_the_scheduler_would_open_it(bool isSecure, int exitCode)
    {
        if (isSecure)
        {
            using FarmAuthority authority = Authority();
        }

        Ending ending = await HostProcess.RunAsync(["config", "--state-dir", _folder.Path], ("ICECREAM_DASHBOARD_LISTEN", "*:8766"));
        Assert.True(exitCode == ending.ExitCode, ending.Error);
        Assert.Equal(!isSecure, ending.Error.Contains("ICECREAM_DASHBOARD_LISTEN", StringComparison.Ordinal));
    }

    private void Join(string name)
    {
        using FarmAuthority authority = Authority();
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.True(JoinToken.TryParse(authority.CreateToken(NodeRoles.Agent | NodeRoles.Worker, TimeSpan.FromHours(1)), out JoinToken? token));
        using X509Certificate2 certificate = authority.Enroll(
            token.Secret, new NodeIdentity("-", NodeRoles.Agent | NodeRoles.Worker, name, "ada"), CertificateIssuer.CreateRequest(key));
        using var kept = NodeCredentials.Keep(NodeCredentials.FolderIn(_folder.Path), key, certificate, authority.Trust.Authority);
    }

    private FarmAuthority Authority() => FarmAuthority.Open(SchedulerFolder.In(_folder.Path, Load(["scheduler"])).Authority, "ICECREAM");

    private Settings Load(string[] arguments) => HostConfiguration.Load(
        IceHost.Build().Parse(arguments), new Dictionary<string, string> { ["ICECREAM_CONFIG"] = "/dev/null", ["XDG_CONFIG_HOME"] = _folder.Path }, static _ => { });
}
