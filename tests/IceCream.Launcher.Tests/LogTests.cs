using IceCream.Wire;

namespace IceCream.Launcher.Tests;

/// <summary><c>ICECREAM_LOG</c> says why a command ran here.</summary>
public sealed class LogTests : LauncherTest
{
    public LogTests() => Write("gcc", "exit 7");

    [Theory]
    [InlineData("$L gcc -c x.c", "no agent answers at")]
    [InlineData("ICECREAM_DISABLE=1 $L gcc -c x.c", "ICECREAM_DISABLE is set")]
    [InlineData("$L sh -c 'exit 7'", "'sh' is no compiler")]
    [InlineData("ln -s gcc $F/bin/ccache; $L ccache gcc -c x.c", "calls icelaunch in turn, as ccache does with CCACHE_PREFIX=icelaunch")]
    [InlineData("ICECREAM_AUTOSTART=1 $L gcc -c x.c", "there is no icehost beside icelaunch or on PATH")]
    public async Task On_the_standard_error(string script, string words)
    {
        ShellOutcome outcome = await RunAsync($"export ICECREAM_LOG=1; {script}");
        Assert.Equal((7, ""), (outcome.ExitCode, Text(outcome.StandardOutput)));
        Assert.Contains(words, Text(outcome.StandardError), StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_file_line_by_line()
    {
        SetVariable("ICECREAM_LOG", Path.Combine(Folder, "log"));
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start("$L gcc -c x.c; ICECREAM_DISABLE=1 exec $L gcc -c y.c");
        using FakeAgentCall call = await agent.AcceptAsync();
        await call.AnswerAsync(new LauncherMessage.RunHere("too small to leave"));
        ShellOutcome outcome = await launcher.End.WaitAsync(Patience);
        Assert.Equal((7, ""), (outcome.ExitCode, Text(outcome.StandardError)));

        string[] lines = await File.ReadAllLinesAsync(Path.Combine(Folder, "log"));
        Assert.Equal(2, lines.Length);
        Assert.EndsWith("'gcc -c x.c' runs here: too small to leave", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("'gcc -c y.c' runs here: ICECREAM_DISABLE is set", lines[1], StringComparison.Ordinal);
    }

    /// <summary>The runtime of the launcher that is not native needs a large file for the protection of its code.</summary>
    [Fact]
    public async Task A_file_beyond_the_limit_on_sizes_ends_no_compile()
    {
        string log = Path.Combine(Folder, "log");
        await File.WriteAllBytesAsync(log, new byte[128 << 10]);
        SetVariable("DOTNET_EnableWriteXorExecute", "0");
        ShellOutcome outcome = await RunAsync("ulimit -c 0; ulimit -f 16; ICECREAM_LOG=$F/log exec $L gcc -c x.c");
        Assert.Equal((7, 0), (outcome.ExitCode, outcome.Signal));
        Assert.Equal(128 << 10, new FileInfo(log).Length);
    }

    /// <summary>The same variable tells nodes their level: 'icehost run' with one must not leave a file of that name in every folder of the build.</summary>
    [Theory]
    [InlineData("debug")]
    [InlineData("Information")]
    public async Task A_level_of_nodes_is_no_file(string level)
    {
        ShellOutcome outcome = await RunAsync($"cd $F; ICECREAM_LOG={level} $L gcc -c x.c");
        Assert.Equal((7, ""), (outcome.ExitCode, Text(outcome.StandardError)));
        Assert.False(File.Exists(Path.Combine(Folder, level)));
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("on", true)]
    [InlineData("no", false)]
    public async Task A_word_that_says_yes_or_no_is_no_file(string word, bool isSaid)
    {
        ShellOutcome outcome = await RunAsync($"cd $F; ICECREAM_LOG={word} $L gcc -c x.c");
        Assert.Equal((7, isSaid), (outcome.ExitCode, Text(outcome.StandardError).Contains("runs here", StringComparison.Ordinal)));
        Assert.False(File.Exists(Path.Combine(Folder, word)));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_stops_nothing() =>
        Assert.Equal(7, (await RunAsync("ICECREAM_LOG=$F/none/log $L gcc -c x.c")).ExitCode);

    /// <summary>Neither who reads a named pipe nor who does not is waited for.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("exec 9<>$F/pipe; head -c 65536 /dev/zero >&9; export ICECREAM_DISABLE=1;")]
    public async Task A_pipe_without_a_reader_stops_nothing(string reader) =>
        Assert.Equal(7, (await RunAsync($"mkfifo $F/pipe; {reader} ICECREAM_LOG=$F/pipe exec $L gcc -c x.c")).ExitCode);

    [Fact]
    public async Task A_word_with_a_line_end_forges_no_line()
    {
        const string Forged = """gcc -c "$(printf 'x\nicelaunch[1]: all is well')" """;
        Assert.Equal(7, (await RunAsync($"ICECREAM_LOG=$F/log $L {Forged}")).ExitCode);
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(Folder, "log")));
        Assert.Equal(7, (await RunAsync($"ICECREAM_LOG=1 $L {Forged} 2>$F/said")).ExitCode);
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(Folder, "said")));
    }
}
