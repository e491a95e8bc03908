using IceCream.Host.Commands;
using Xunit;

namespace IceCream.Host.Tests.Commands;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("scheduler", "--listen --network --state-dir --placement --shares --classic-monitor --dashboard-listen --insecure --verbose")]
    [InlineData("daemon", "--scheduler --network --listen --advertise --name --slots --local-slots --dynamic --class --socket --state-dir --nice --cache-limit --cache --cache-size --cache-shared --cache-local --cache-base-dir --cache-verify --no-huge-pages --no-worker --no-agent --insecure --join-file --idle-exit --yield --verbose")]
    [InlineData("config", "--scheduler --network --listen --advertise --name --slots --local-slots --dynamic --class --socket --state-dir --nice --cache-limit --cache --cache-size --cache-shared --cache-local --cache-base-dir --cache-verify --no-huge-pages --no-worker --no-agent --insecure --join-file --idle-exit --json")]
    [InlineData("run", "--workers --slots --local-slots --scheduler --join-file --class --network --state-dir --insecure --quiet --json --dashboard --dashboard-listen --verbose")]
    [InlineData("status", "--scheduler --network --state-dir --insecure --join-file --json")]
    [InlineData("token", "--role --ttl --uses --network --state-dir")]
    [InlineData("revoke", "--network --state-dir")]
    [InlineData("stats", "--socket --json")]
    [InlineData("why", "--socket --json")]
    [InlineData("top", "--scheduler --network --state-dir --insecure --once")]
    [InlineData("watch", "--user --scheduler --network --state-dir --insecure --socket")]
    [InlineData("report", "--last --list --html --json --trace --farm --scheduler --network --state-dir --insecure --socket")]
    [InlineData("cache", "")]
    [InlineData("ccache-storage", "")]
    [InlineData("drain", "--reason --scheduler --network")]
    [InlineData("undrain", "--scheduler --network")]
    [InlineData("doctor", "--scheduler --network --socket --state-dir --insecure --json")]
    [InlineData("masquerade", "")]
    public async Task Help_names_every_option(string command, string options)
    {
        (int exitCode, string output, _) = await RunAsync(command, "--help");
        Assert.Equal(0, exitCode);
        Assert.All(options.Split(' ', StringSplitOptions.RemoveEmptyEntries), option => Assert.Contains($"  {option}", output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--bogus", "daemon", "--bogus")]
    [InlineData("bogus", "bogus")]
    [InlineData("--slots", "daemon", "--slots")]
    [InlineData("Required", "why")]
    [InlineData("Required", "run", "--quiet")]
    [InlineData("--html", "report", "--list", "--html", "-")]
    [InlineData("--trace", "report", "--list", "--json", "-", "--trace", "t.json")]
    [InlineData("--list", "report", "--list", "7")]
    [InlineData("--list", "report", "--list", "--last")]
    [InlineData("--last", "report", "--last", "7")]
    [InlineData("--trace", "report", "--json", "-", "--trace", "-")]
    [InlineData("BUILD: ''", "report", "")]
    [InlineData("FILE: ''", "cache", "why", "")]
    [InlineData("FILE: ''", "why", "")]
    [InlineData("FILE: ''", "migrate", "/dev/null", "")]
    [InlineData("DIR: ''", "masquerade", "")]
    [InlineData("NODE: ''", "drain", "")]
    [InlineData("NODE: ''", "revoke", "")]
    public async Task What_cannot_be_meant_ends_with_2_and_says_what(string named, params string[] arguments)
    {
        (int exitCode, string output, string error) = await RunAsync(arguments);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Contains("--help", error, StringComparison.Ordinal);
        Assert.All(error.TrimEnd().Split('\n'), line => Assert.StartsWith("icehost: ", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("'icehost --help'", "bogus")]
    [InlineData("'icehost stats --help'", "stats", "--bogus")]
    [InlineData("'icehost cache stats --help'", "cache", "stats", "--bogus")]
    public async Task The_help_that_is_named_is_that_of_the_command(string help, params string[] arguments) =>
        Assert.Contains(help, (await RunAsync(arguments)).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("--join-file: '/nowhere/token' cannot be read", "daemon", "--join-file", "/nowhere/token")]
    [InlineData("--join-file: what is in '/dev/null' is no token", "daemon", "--join-file", "/dev/null")]
    [InlineData("--role: 'root' is not allowed. Allowed: agent, worker, both, monitor, reader.", "token", "--role", "root")]
    [InlineData("--ttl: '1y' is not allowed", "token", "--ttl", "1y")]
    [InlineData("--ttl: '0h' is not allowed", "token", "--ttl", "0h")]
    [InlineData("--uses: '0' is not allowed", "token", "--uses", "0")]
    public async Task A_word_about_joining_that_cannot_be_meant_is_named(string sentence, params string[] arguments)
    {
        (int exitCode, _, string error) = await RunAsync(arguments);
        Assert.Equal(2, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("token")]
    [InlineData("revoke", "blade")]
    public async Task Where_no_secure_scheduler_runs_there_is_nobody_to_ask(params string[] arguments)
    {
        string state = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        (int exitCode, string output, string error) = await RunAsync([.. arguments, "--state-dir", state]);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("icehost scheduler", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_words_of_a_command_are_left_alone()
    {
        var parsed = IceHost.Build().Parse(["run", "--quiet", "--", "gcc", "@file", "--json", "-j4"], new() { ResponseFileTokenReplacer = null });
        Assert.Equal(["gcc", "@file", "--json", "-j4"], parsed.GetValue<string[]>("COMMAND")!);
        Assert.Empty(parsed.Errors);
        Assert.Null(parsed.GetResult("--json"));
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (await IceHost.RunAsync(arguments, output, error), output.ToString(), error.ToString());
    }
}
