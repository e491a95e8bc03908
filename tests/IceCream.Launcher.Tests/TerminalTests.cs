using System.Text;
using IceCream.Wire;

namespace IceCream.Launcher.Tests;

/// <summary>GCC shows source lines otherwise on a narrow terminal. A worker does not know the width.</summary>
public sealed class TerminalTests : LauncherTest
{
    [Theory]
    [InlineData("", 80, false)]
    [InlineData("   12 | int x;\n      |     ^\n", 80, false)]
    [InlineData("   12 | int x;\n      |     ^\n", 15, true)]
    [InlineData("   12 | int x;", 15, true)]
    [InlineData("   12 | int x;", 16, false)]
    [InlineData("12345 | int x;\n", 15, true)]
    [InlineData(" int x = y;\n", 12, true)]
    [InlineData("a/long/way/to/a.c:1:2: warning: a long text\n   12 | x\n", 20, false)]
    [InlineData("In file included from a/long/way/to/a.h:1,\n                 from a/long/way/to/a.c:2:\n", 20, false)]
    [InlineData("3rdparty/a/long/way/to/a.c:1:2: warning: a long text\n   12 | x\n", 20, false)]
    [InlineData("1234567890123456789", 15, false)]
    [InlineData("12 | int x;\n", 12, true)]
    [InlineData("   12 | \u001b[01;35m\u001b[Kint\u001b[m\u001b[K x;\n", 16, false)]
    [InlineData("   12 | \u001b[01;35m\u001b[Kint\u001b[m\u001b[K x;\n", 15, true)]
    [InlineData("   12 | int \u001b x;\u001b[1;", 17, false)]
    [InlineData("\n", 1, false)]
    public void Source_lines_that_a_terminal_may_not_hold_are_known_by_their_margin(string messages, int columns, bool areWider) =>
        Assert.Equal(areWider, SourceExcerpts.AreWiderThan(Encoding.UTF8.GetBytes(messages), columns));

    /// <summary>The exit code 7 is that of the compiler here, 0 that of the agent's answer.</summary>
    [Theory]
    [InlineData("stty cols 60", "gcc", 7)]
    [InlineData("stty cols 60", "cc", 7)]
    [InlineData("stty cols 60", "clang", 0)]
    [InlineData("stty cols 200", "gcc", 0)]
    [InlineData("stty cols 0", "gcc", 0)]
    [InlineData("stty cols 60; export COLUMNS=60", "gcc", 0)]
    [InlineData("stty cols 60; export COLUMNS=0", "gcc", 7)]
    [InlineData("stty cols 60; export ICECREAM_MODE=remote", "gcc", 0)]
    [InlineData("stty cols 60; exec </dev/null", "gcc", 0)]
    [InlineData("stty cols 60; exec 2>/dev/null", "gcc", 0)]
    public async Task The_compiler_itself_shows_source_that_is_wider_than_the_terminal(string terminal, string compiler, int exitCode)
    {
        Write(compiler, "exit 7");
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start($"exec script -qec \"{terminal}; exec '{Launcher}' {compiler} -c x.c\" /dev/null");
        using FakeAgentCall call = await agent.AcceptAsync();
        string source = new('x', 100);
        await call.AnswerAsync(new LauncherMessage.Finished { ExitCode = 0, StandardError = Encoding.UTF8.GetBytes($"x.c:1:1: warning: words\n    1 | {source}\n") });

        Assert.Equal(exitCode, (await launcher.End.WaitAsync(Patience)).ExitCode);
    }
}
