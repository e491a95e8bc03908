using System.Diagnostics;
using IceCream.Host.Commands;
using IceCream.Host.Reference;
using Xunit;

namespace IceCream.Host.Tests.Reference;

public sealed class CompletionsTests
{
    private static readonly CommandEntry[] Commands = [.. CommandEntry.AllOf(IceHost.Build())];

    [Theory]
    [InlineData("icehost dae", "daemon")]
    [InlineData("icehost daemon --sock", "--socket")]
    [InlineData("icehost daemon --name x --no-w", "--no-worker")]
    [InlineData("icehost --vers", "--version")]
    [InlineData("icehost daemon --name --no-w", "")]
    [InlineData("icehost daemon --state-dir /dev/nul", "/dev/null")]
    [InlineData("icehost run -- --js", "")]
    public async Task Bash_completes_commands_options_and_paths(string line, string expected)
    {
        string script = Completions.Write("bash", "icehost", Commands)
            + "read -ra COMP_WORDS <<<\"$1\"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _icehost; echo \"${COMPREPLY[*]}\"\n";
        var start = new ProcessStartInfo("bash", ["-c", script, "bash", line]) { RedirectStandardOutput = true };
        using Process bash = Process.Start(start)!;
        string said = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.Equal((0, expected), (bash.ExitCode, said.Trim()));
    }

    [Fact]
    public void Every_command_and_option_is_known_to_every_shell()
    {
        foreach (string shell in Completions.Shells)
        {
            string script = Completions.Write(shell, "icehost", Commands);
            Assert.All(Commands.Skip(1), command => Assert.Contains(command.Words[^1], script, StringComparison.Ordinal));
            Assert.All(Commands.SelectMany(command => command.Options), option => Assert.Contains(option.Name.TrimStart('-'), script, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_manual_page_tells_every_command_and_option_and_holds_no_request_by_accident()
    {
        string page = ManualPage.Write("icehost", "1.2.3", Commands);
        Assert.All(Commands.Skip(1), command => Assert.Contains($".SS \"icehost {command.Path}", page, StringComparison.Ordinal));
        Assert.All(
            Commands.SelectMany(command => command.Options),
            option => Assert.Contains($"\\fB{option.Name.Replace("-", "\\-", StringComparison.Ordinal)}\\fR", page, StringComparison.Ordinal));
        string[] requests = [".TH", ".SH", ".SS", ".TP", ".B", ".I", ".BR"];
        Assert.All(page.Split('\n').Where(line => line is ['.' or '\'', ..]), line => Assert.Contains(line.Split(' ')[0], requests));
    }
}
