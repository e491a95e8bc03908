namespace IceCream.Launcher.Tests;

public sealed class UsageTests : LauncherTest
{
    [Fact]
    public async Task Version_is_told() => Assert.StartsWith("icelaunch 0.", await SaysAsync("$L --version"), StringComparison.Ordinal);

    [Fact]
    public async Task Help_is_told() => Assert.Contains("ICECREAM_MODE", await SaysAsync("$L --help"), StringComparison.Ordinal);

    [Theory]
    [InlineData("$L", "Usage")]
    [InlineData("$L -c x.c", "'-c' is no option")]
    [InlineData("$L icelaunch", "Usage")]
    public async Task Wrong_use_is_said_with_exit_code_2(string script, string words)
    {
        ShellOutcome outcome = await RunAsync(script);
        Assert.Equal((2, ""), (outcome.ExitCode, Text(outcome.StandardOutput)));
        Assert.Contains(words, Text(outcome.StandardError), StringComparison.Ordinal);
    }
}
