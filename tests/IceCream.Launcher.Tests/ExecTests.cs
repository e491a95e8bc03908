using System.Text;
using IceCream.Wire;

namespace IceCream.Launcher.Tests;

/// <summary>A compiler that runs here cannot tell that a launcher was there.</summary>
public sealed class ExecTests : LauncherTest
{
    private const string OfProcess =
        "grep -E '^(SigIgn|SigBlk|SigPnd|ShdPnd|Umask|NoNewPrivs)' /proc/self/status; ulimit -Sa; cat /proc/self/coredump_filter /proc/self/oom_score_adj; pwd; tr '\\0' '\\n' < /proc/self/environ | grep -v ^ICECREAM_ | grep -v ^DOTNET | sort";

    [Fact]
    public async Task It_has_the_same_signals_limits_and_variables_as_without_a_launcher()
    {
        Write("gcc", IsNative ? OfProcess : OfProcess.Replace("ulimit -Sa", "ulimit -Sa | grep -v files", StringComparison.Ordinal));
        SetVariable("Odd", "a\tb=c");
        string with = await SaysAsync("umask 027; ulimit -Sn 500; $L gcc -c x.c"), without = await SaysAsync("umask 027; ulimit -Sn 500; gcc -c x.c");
        Assert.Equal(WithoutInternalSignals(without), WithoutInternalSignals(with));
    }

    [Fact]
    public async Task It_ignores_the_signals_that_the_build_ignores()
    {
        Write("gcc", "grep -E '^(SigIgn|SigBlk)' /proc/self/status");
        string trap = IsNative ? "trap '' HUP INT TERM;" : "trap '' HUP INT;";
        Assert.Equal(WithoutInternalSignals(await SaysAsync($"{trap} gcc")), WithoutInternalSignals(await SaysAsync($"{trap} $L gcc")));
    }

    [Fact]
    public async Task It_has_the_same_descriptors()
    {
        Write("gcc", "ls /proc/$$/fd; echo .; cat <&5");
        string open = "echo five >$F/five; exec 5<$F/five 9</dev/null;";
        Assert.Equal(await SaysAsync(open + "gcc"), await SaysAsync(open + "$L gcc"));
    }

    [Fact]
    public async Task Its_words_are_those_that_were_typed_byte_for_byte()
    {
        Write("gcc", "printf '<%s>' \"$@\"");
        ShellOutcome outcome = await RunAsync("""$L gcc "$(printf '\377\303')" '' 'a b' "it's" 'ü' '"\'""");
        Assert.Equal(0, outcome.ExitCode);
        byte[] expected = [(byte)'<', 0xFF, 0xC3, .. Encoding.UTF8.GetBytes("><><a b><it's><ü><\"\\>")];
        Assert.Equal(expected, outcome.StandardOutput);
    }

    [Fact]
    public async Task Its_name_leads_to_itself_and_not_to_the_launcher()
    {
        string folder = Link("masquerade", "gcc-12", Launcher);
        File.CreateSymbolicLink(Path.Combine(Bin, "gcc-12"), "/bin/sh");
        string compiler = $"{Bin}/gcc-12\n";
        Assert.Equal("gcc-12\n", await SaysAsync("$L gcc-12 -c 'echo $0'"));
        Assert.Equal(compiler, await SaysAsync($"PATH={folder}:$PATH; $L gcc-12 -c 'echo $0'"));
        Assert.Equal(compiler, await SaysAsync($"PATH={folder}:$PATH; gcc-12 -c 'echo $0'"));
        Assert.Equal(compiler, await SaysAsync($"{folder}/gcc-12 -c 'echo $0'"));
        Assert.Equal(compiler, await SaysAsync($"$L {folder}/gcc-12 -c 'echo $0'"));
        Assert.Equal(compiler, await SaysAsync("$L masquerade/../masquerade/gcc-12 -c 'echo $0'"));
        Assert.Equal("bin/../bin/gcc-12\n", await SaysAsync("$L bin/../bin/gcc-12 -c 'echo $0'"));
    }

    /// <summary>The script finds out how long the last word may be when the compiler is called directly.</summary>
    [Fact]
    public async Task A_command_line_may_be_as_long_as_without_a_launcher()
    {
        Write("gcc", "echo here $#");
        string folder = Link("m", "gcc", Launcher);
        Assert.Equal("here 9\nhere 9\n", await SaysAsync($$"""
            ulimit -s 4096
            PATH={{folder}}:$PATH
            big=$(printf '%0120000d' 0)
            set -- $big $big $big $big $big $big $big $big
            low=0 high=120000
            while [ $((high - low)) -gt 1 ]; do
                middle=$(((low + high) / 2))
                if $F/bin/gcc "$@" $(printf "%0${middle}d" 0) >/dev/null 2>&1; then low=$middle; else high=$middle; fi
            done
            set -- "$@" $(printf "%0${low}d" 0)
            $F/bin/gcc "$@"
            gcc "$@"
            """));
    }

    [Fact]
    public async Task A_link_to_the_launcher_may_lie_in_a_folder_whose_name_is_no_text()
    {
        Write("gcc", "echo here");
        Assert.Equal("here\n", await SaysAsync("""d="$F/$(printf 'l\377')"; mkdir "$d"; ln -s $L "$d/gcc"; "$d/gcc" -c x.c; rm -r $F/l*"""));
    }

    [Fact]
    public async Task A_compiler_in_a_folder_whose_name_is_no_text_is_not_passed_over_for_another()
    {
        Write("gcc", "echo other");
        Write("first/gcc", "echo here $#");
        using var agent = new FakeAgent(Socket);
        Assert.Equal("here 2\n", await SaysAsync("""d="$F/$(printf 'd\377')"; mv bin/first "$d"; PATH="$d:$PATH" $L gcc -c x.c; rm -r $F/d*"""));
        Assert.True(agent.IsUnasked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("""ln -s ../bin/ccache "$d/one/gcc";""")]
    [InlineData("""ln -s $L "$d/one/gcc";""")]
    [InlineData("""cp --remove-destination $L $F/masquerade/gcc; cp $L "$d/one/gcc";""")]
    [InlineData("""ln -s ../bin/other "$d/one/gcc"; chmod -x bin/other;""")]
    public async Task A_link_to_the_launcher_passes_over_no_compiler_in_a_folder_whose_name_is_no_text(string before)
    {
        Write("gcc", "echo other");
        Write("other", "echo other");
        Write("ccache", "echo wrapper");
        Write("first/gcc", "echo here $#");
        string masquerade = Link("masquerade", "gcc", Launcher);
        using var agent = new FakeAgent(Socket);
        Assert.Equal("here 2\n", await SaysAsync(
            $$"""d="$F/$(printf 'd\377')"; mkdir -p "$d/one"; mv bin/first "$d/two"; {{before.Replace("../bin", "$F/bin", StringComparison.Ordinal)}} PATH="{{masquerade}}:$d/one:$d/two:$PATH" gcc -c x.c; r=$?; rm -r $F/d*; exit $r"""));
        Assert.True(agent.IsUnasked);
    }

    [Fact]
    public async Task A_command_that_is_not_text_is_not_told_to_the_agent()
    {
        Write("gcc", "echo here");
        using var agent = new FakeAgent(Socket);
        Assert.Equal("here\n", await SaysAsync("""$L gcc -c "$(printf '\377').c" """));
        Assert.Equal("here\n", await SaysAsync("""CPATH="$(printf '\377')" $L gcc -c x.c"""));
        Assert.Equal("here\n", await SaysAsync("""mkdir "$(printf 'd\377')"; cd "$(printf 'd\377')"; $L gcc -c x.c; rmdir ../d*"""));
        Assert.Equal("here\n", await SaysAsync("mkdir gone; cd gone; rmdir ../gone; $L gcc -c x.c 2>/dev/null"));
        Assert.True(agent.IsUnasked);
    }

    [Fact]
    public async Task Its_standard_input_is_untouched()
    {
        Write("gcc", "cat");
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start("printf 'int a;' | $L gcc -c -xc -");
        using FakeAgentCall call = await agent.AcceptAsync();
        await call.AnswerAsync(new LauncherMessage.RunHere("it reads its standard input"));
        Assert.Equal("int a;", Text((await launcher.End.WaitAsync(Patience)).StandardOutput));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(9)]
    public async Task The_slot_is_held_until_it_ends_however_it_ends(int signal)
    {
        Write("gcc", "echo >$F/started; read line <$F/go; exit 5");
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start("export F; mkfifo started go; exec $L gcc -c x.c");
        using FakeAgentCall call = await agent.AcceptAsync();
        await call.AnswerAsync(new LauncherMessage.RunHere("small"));
        await File.ReadAllTextAsync(Path.Combine(Folder, "started")).WaitAsync(Patience);
        Assert.True(call.IsOpen);

        if (signal == 0)
        {
            await File.WriteAllTextAsync(Path.Combine(Folder, "go"), "\n").WaitAsync(Patience);
        }
        else
        {
            launcher.Signal(signal);
        }

        await call.ClosedAsync();
        ShellOutcome end = await launcher.End.WaitAsync(Patience);
        Assert.Equal(signal == 0 ? (5, 0) : (-1, signal), (end.ExitCode, end.Signal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(15)]
    [InlineData(9)]
    public async Task A_signal_ends_a_launcher_that_waits(int signal)
    {
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start("ulimit -c 0; exec $L gcc -c x.c");
        using FakeAgentCall call = await agent.AcceptAsync();
        launcher.Signal(signal);
        await call.ClosedAsync();
        Assert.Equal(signal, (await launcher.End.WaitAsync(Patience)).Signal);
    }
}
