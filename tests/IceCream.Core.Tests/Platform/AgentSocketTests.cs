using IceCream.Platform;
using Xunit;

namespace IceCream.Tests.Platform;

public sealed class AgentSocketTests
{
    [Fact]
    public void A_named_socket_is_the_only_one() =>
        Assert.Equal([new AgentSocket("/s", AgentSocketKind.Named)], Candidates(("ICECREAM_SOCKET", "/s"), ("XDG_RUNTIME_DIR", "/run/user/7")));

    [Theory]
    [InlineData("/run/user/7", "/run/user/7/icecream/agent.socket")]
    [InlineData("/run/user/7/", "/run/user/7/icecream/agent.socket")]
    [InlineData("/mine", "/mine/icecream/agent.socket", "/run/user/7/icecream/agent.socket")]
    [InlineData("relative", "/run/user/7/icecream/agent.socket")]
    [InlineData("", "/run/user/7/icecream/agent.socket")]
    [InlineData(null, "/run/user/7/icecream/agent.socket")]
    [InlineData("/absent", "/run/user/7/icecream/agent.socket")]
    [InlineData("/run/user/8", "/run/user/7/icecream/agent.socket")]
    public void The_users_own_come_before_the_machines_and_all_meet_whatever_their_environment_says(string? runtime, params string[] own) =>
        Assert.Equal(
            [.. own.Append("/tmp/icecream-7/agent.socket").Select(path => new AgentSocket(path, AgentSocketKind.Own)), new AgentSocket("/run/icecream/agent.socket", AgentSocketKind.System)],
            Candidates(("ICECREAM_SOCKET", ""), ("XDG_RUNTIME_DIR", runtime)));

    [Fact]
    public void Without_a_folder_for_sockets_there_is_the_one_for_temporary_files() =>
        Assert.Equal("/tmp/icecream-9/agent.socket", AgentSocket.Candidates(_ => null, 9, Owner)[0].Path);

    [Theory]
    [InlineData("/run/user/7", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData("relative", "XDG_RUNTIME_DIR names 'relative', which is no absolute path")]
    [InlineData("/absent", "XDG_RUNTIME_DIR names '/absent', which is no folder")]
    [InlineData("/run/user/8", "XDG_RUNTIME_DIR names '/run/user/8', which belongs to user 8, not to you (7)")]
    public void A_folder_that_is_passed_over_is_told(string? runtime, string? fault) =>
        Assert.Equal(fault, AgentSocket.RuntimeFault(_ => runtime, 7, Owner));

    [Fact]
    public void A_folder_too_long_for_a_socket_is_passed_over()
    {
        string deep = "/mine/" + new string('x', 100);
        Assert.DoesNotContain(AgentSocket.Candidates(_ => null, 7, Owner), socket => socket.Path.Length > AgentSocket.LongestPath);
        Assert.Contains("too long", AgentSocket.RuntimeFault(_ => deep, 7, _ => 7), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_folder_of_the_users_alone_is_trusted()
    {
        string folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
        try
        {
            uint user = Linux.EffectiveUser();
            var socket = new AgentSocket(Path.Combine(folder, "agent.socket"), AgentSocketKind.Own);
            Assert.Null(socket.Fault(user));
            Assert.Contains("belongs to user", socket.Fault(user + 1), StringComparison.Ordinal);
            Assert.Null((socket with { Kind = AgentSocketKind.Named }).Fault(user + 1));

            Linux.SetPermissions(folder, 0b111_111_000);
            Assert.Contains("others may write", socket.Fault(user), StringComparison.Ordinal);

            string link = Path.Combine(folder, "link");
            File.CreateSymbolicLink(link, "/");
            Assert.Contains("is no folder", new AgentSocket(link + "/agent.socket", AgentSocketKind.Own).Fault(user), StringComparison.Ordinal);
            Assert.Null(new AgentSocket(folder + "/none/agent.socket", AgentSocketKind.Own).Fault(user));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static AgentSocket[] Candidates(params (string Name, string? Value)[] variables) =>
        [.. AgentSocket.Candidates(name => variables.FirstOrDefault(variable => variable.Name == name).Value, 7, Owner)];

    private static uint? Owner(string folder) => folder.TrimEnd('/') switch
    {
        "/run/user/7" or "/mine" => 7,
        "/run/user/8" => 8,
        _ => null,
    };
}
