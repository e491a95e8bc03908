using IceCream.Wire;

namespace IceCream.Launcher.Tests;

/// <summary>Whatever stands before or behind the launcher, a compile reaches the compiler once.</summary>
public sealed class RecursionTests : LauncherTest
{
    private readonly string _masquerade;

    public RecursionTests()
    {
        Write("gcc", "echo compiler $# $ICECREAM_LEVEL");

        // As ccache does: it looks for the next program of its name on PATH that is not itself.
        Write("ccache", """
            case "${0##*/}" in ccache) name="$1"; shift;; *) name="${0##*/}";; esac
            self=$(readlink -f "$0")
            IFS=:
            for folder in $PATH; do
                if [ -x "$folder/$name" ] && [ "$(readlink -f "$folder/$name")" != "$self" ]; then echo wrapper; exec "$folder/$name" "$@"; fi
            done
            exit 9
            """);
        _masquerade = Link("masquerade", "gcc", Launcher);
        File.CreateSymbolicLink(Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "ccache")).FullName, "gcc"), Path.Combine(Bin, "ccache"));
    }

    [Theory]
    [InlineData("$L gcc -c x.c", "compiler 2 1\n")]
    [InlineData("$L $L icelaunch gcc -c x.c", "compiler 2 1\n")]
    [InlineData("PATH=$F/masquerade:$PATH; gcc -c x.c", "compiler 2 1\n")]
    [InlineData("PATH=$PATH:$F/masquerade; $F/masquerade/gcc -c x.c", "compiler 2 1\n")]
    [InlineData("PATH=$F/masquerade:$PATH; $L gcc -c x.c", "compiler 2 1\n")]
    [InlineData("PATH=$F/masquerade:$PATH; $L $F/masquerade/gcc -c x.c", "compiler 2 1\n")]
    [InlineData("PATH=$F/ccache:$F/masquerade:$PATH; gcc -c x.c", "wrapper\ncompiler 2 1\n")]
    [InlineData("PATH=$F/masquerade:$F/ccache:$PATH; gcc -c x.c", "compiler 2 1\n")]
    [InlineData("PATH=$F/ccache:$PATH; $L gcc -c x.c", "compiler 2 1\n")]
    [InlineData("$L ccache gcc -c x.c", "wrapper\ncompiler 2 1\n")]
    [InlineData("$L $F/bin/ccache gcc -c x.c", "wrapper\ncompiler 2 1\n")]
    [InlineData("PATH=$F/masquerade:$PATH; $L ccache gcc -c x.c", "wrapper\ncompiler 2 2\n")]
    [InlineData("PATH=$F/masquerade:$PATH; ccache gcc -c x.c", "wrapper\ncompiler 2 1\n")]
    [InlineData("$F/bin/ccache ${L##*/} gcc -c x.c", "wrapper\ncompiler 2 1\n")]
    public async Task A_compile_reaches_the_compiler(string script, string words) =>
        Assert.Equal(words, await SaysAsync("ln -s $L $F/bin/icelaunch\n" + script));

    [Theory]
    [InlineData("PATH=/usr/lib/ccache:/usr/lib/icecc/bin:/usr/lib/distcc:$F/masquerade:$PATH; $L gcc -c x.c")]
    [InlineData("PATH=$F/masquerade:/usr/lib/icecc/bin:/usr/lib/ccache:$PATH; gcc -c x.c")]
    public async Task The_folders_of_other_wrappers_are_passed_over(string script) => Assert.Equal("compiler 2 1\n", await SaysAsync(script));

    /// <summary>The links lie beside the launcher, because a hard link cannot lead to another file system.</summary>
    [Theory]
    [InlineData("PATH=$D:$PATH; $L gcc -c x.c")]
    [InlineData("PATH=$D:$PATH; $F/masquerade/gcc -c x.c")]
    [InlineData("$L $D/gcc -c x.c")]
    public async Task Hard_links_of_the_launcher_are_passed_over(string script)
    {
        string folder = Path.Combine(Path.GetDirectoryName(Launcher)!, "links-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        try
        {
            Assert.Equal("compiler 2 1\n", await SaysAsync($"D='{folder}'; ln $L $D/gcc || exit; {script}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>As of an installation without links, for one on a file system that has none.</summary>
    [Theory]
    [InlineData("PATH=$F/one:$F/two:$PATH; $L gcc -c x.c")]
    [InlineData("$L $F/one/gcc -c x.c")]
    public async Task Copies_of_the_launcher_are_passed_over(string script) =>
        Assert.Equal("compiler 2 1\n", await SaysAsync("mkdir $F/one $F/two; cp $L $F/one/gcc; cp $L $F/two/gcc; " + script));

    [Fact]
    public async Task A_script_that_calls_the_launcher_on_itself_is_stopped_with_an_explanation()
    {
        Write("gcc", $"exec '{Launcher}' gcc \"$@\"");
        ShellOutcome outcome = await RunAsync("$L gcc -c x.c");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("a script named 'gcc' calls the launcher", Text(outcome.StandardError), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_launcher_below_a_compiler_that_holds_a_slot_asks_for_no_other()
    {
        Write("gcc", $"exec '{Launcher}' cc \"$@\"");
        Write("cc", "echo inner");
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start("exec $L gcc -c x.c");
        using FakeAgentCall call = await agent.AcceptAsync();
        await call.AnswerAsync(new LauncherMessage.RunHere("small"));
        Assert.Equal("inner\n", Text((await launcher.End.WaitAsync(Patience)).StandardOutput));
        Assert.True(agent.IsUnasked);
    }

    [Fact]
    public async Task What_is_no_compiler_is_run_without_asking()
    {
        using var agent = new FakeAgent(Socket);
        Assert.Equal("hello\n", await SaysAsync("$L sh -c 'echo hello'"));
        Assert.True(agent.IsUnasked);
    }

    [Theory]
    [InlineData("PATH=$F/masquerade; gcc -c x.c", "there is no 'gcc' on PATH")]
    [InlineData("PATH=$F/masquerade; $L gcc -c x.c", "there is no 'gcc' on PATH")]
    [InlineData("$L /nowhere/gcc -c x.c", "/nowhere/gcc")]
    [InlineData("$L nosuchprogram -c x.c", "nosuchprogram")]
    public async Task A_compiler_that_is_not_there_is_an_error_of_its_own(string script, string words)
    {
        ShellOutcome outcome = await RunAsync(script);
        Assert.Equal(127, outcome.ExitCode);
        Assert.Contains(words, Text(outcome.StandardError), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disabled_it_only_finds_the_compiler()
    {
        using var agent = new FakeAgent(Socket);
        Assert.Equal("compiler 2 1\n", await SaysAsync("export ICECREAM_DISABLE=1; $L gcc -c x.c"));
        Assert.True(agent.IsUnasked);
    }
}
