using System.Diagnostics;

namespace IceCream.Launcher.Tests;

/// <summary>Where no agent answers, one is started: once, and apart from the build.</summary>
public sealed class AgentStartTests : LauncherTest
{
    private readonly string _record;

    public AgentStartTests()
    {
        Write("gcc", "exit 0");
        SetVariable("ICECREAM_AUTOSTART", null);
        _record = Path.Combine(Folder, "record");
        string script = $$"""
            {
                echo "words $*"
                echo "folder $(pwd)"
                printf descriptors; for i in 0 1 2 4 5 6 7 8 9 12 13 14 15; do [ ! -e /proc/$$/fd/$i ] || printf ' %s' $i; done; echo
                echo "input $(readlink /proc/$$/fd/0)"
                echo "session $(cut -d' ' -f6 /proc/$$/stat) $$"
                grep -E '^(SigIgn|SigBlk)' /proc/self/status
                tr '\0' '\n' </proc/$$/environ
            } >'{{_record}}.new.'$$
            mv '{{_record}}.new.'$$ '{{_record}}.'$$
            echo said
            """;
        Write("icehost", script); // The shell itself keeps 3, 10 and 11 open: its script, and what it puts aside while it redirects.
    }

    [Fact]
    public async Task It_is_started_with_nothing_of_the_build()
    {
        SetVariable("HOME", "/home/somebody");
        SetVariable("ICECREAM_INSECURE", "1");
        SetVariable("ICECC_SCHEDULER", "farm.example");
        Assert.Equal("", await SaysAsync("export MAKEFLAGS='-j --jobserver-auth=7,8' ICECREAM_MODE=auto; exec 7</dev/null 8</dev/null; trap '' INT; $L gcc -c x.c"));
        string[] record = await RecordAsync();
        Assert.Equal($"words daemon --no-worker --yield --socket {Socket}", record[0]);
        Assert.Equal("folder /", record[1]);

        Assert.Equal("descriptors 0 1 2", record[2]);
        Assert.Equal("input /dev/null", record[3]);
        string[] session = record[4].Split(' ');
        Assert.Equal(session[1], session[2]);
        Assert.Equal(["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"], record[5..7].Select(WithoutInternalSignals));
        string[] wanted = ["HOME=/home/somebody", "ICECREAM_INSECURE=1", "ICECC_SCHEDULER=farm.example"];
        Assert.All(wanted, line => Assert.Contains(line, record));
        string[] unwanted = ["MAKEFLAGS", "ICECREAM_LEVEL", "ICECREAM_MODE", "ICECREAM_AUTOSTART"];
        Assert.DoesNotContain(record, line => unwanted.Any(name => line.StartsWith(name + "=", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_hundred_launchers_start_one()
    {
        long since = Stopwatch.GetTimestamp();
        Assert.Equal("", await SaysAsync("n=0; while [ $n -lt 200 ]; do $L gcc -c x.c & n=$((n+1)); done; wait"));
        await RecordAsync();

        // One in half a minute: where the machine is so slow that it takes longer, the next is tried.
        Assert.InRange(Directory.GetFiles(Folder, "record.*").Length, 1, 1 + (int)(Stopwatch.GetElapsedTime(since) / TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task It_is_not_tried_again_at_once_but_later()
    {
        await SaysAsync("$L gcc -c x.c");
        await RecordAsync();
        await SaysAsync("$L gcc -c x.c");
        Assert.Single(Directory.GetFiles(Folder, "record.*"));

        await SaysAsync("rm record.*; touch -d '1 minute ago' agent.socket.start; $L gcc -c x.c");
        await RecordAsync();
    }

    [Fact]
    public async Task The_users_folder_is_made_for_the_user_alone()
    {
        SetVariable("ICECREAM_SOCKET", null);
        SetVariable("XDG_RUNTIME_DIR", Folder);
        await SaysAsync("umask 000; $L gcc -c x.c");
        Assert.Equal($"words daemon --no-worker --yield --socket {Folder}/icecream/agent.socket", (await RecordAsync())[0]);
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(Path.Combine(Folder, "icecream")));
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_stops_no_agent()
    {
        Directory.CreateDirectory(Socket + ".log");
        Assert.Contains("which writes to /dev/null", Text((await RunAsync("ICECREAM_LOG=1 $L gcc -c x.c")).StandardError), StringComparison.Ordinal);
        await RecordAsync();
    }

    /// <summary>As on a full disk. A try that leaves no mark would be repeated by every compile of the build.</summary>
    [Fact]
    public async Task None_is_started_where_the_try_cannot_be_marked()
    {
        SetVariable("DOTNET_EnableWriteXorExecute", "0");
        string said = await SaysAsync("(ulimit -S -f 0; ICECREAM_LOG=1 $L gcc -c x.c 2>&1) | cat");
        Assert.Contains($"no agent started: cannot write '{Socket}.start'", said, StringComparison.Ordinal);
        Assert.Equal(0, new FileInfo(Socket + ".start").Length);
        Assert.False(File.Exists(Socket + ".log"));
    }

    /// <summary>It outlives the build, and serves others.</summary>
    [Fact]
    public async Task It_has_no_limit_of_the_build_that_can_be_lifted()
    {
        Write("gcc", "ulimit -t");
        Write("icehost", $"ulimit -t >'{_record}.new.1'; mv '{_record}.new.1' '{_record}.limits'");
        Assert.Equal("600\n", await SaysAsync("ulimit -S -t 600; $L gcc -c x.c"));
        Assert.Equal("unlimited", Assert.Single(await RecordAsync()));
    }

    [Fact]
    public async Task None_is_started_under_a_limit_that_cannot_be_lifted()
    {
        Assert.Contains("no agent started: ulimit -t of this build", await SaysAsync("(ulimit -t 600; ICECREAM_LOG=1 $L gcc -c x.c 2>&1) | cat"), StringComparison.Ordinal);
        Assert.Equal(0, new FileInfo(Socket + ".start").Length);
    }

    [Fact]
    public async Task A_relative_socket_is_made_absolute()
    {
        await SaysAsync("ICECREAM_SOCKET=here.socket $L gcc -c x.c");
        Assert.Equal($"words daemon --no-worker --yield --socket {Folder}/here.socket", (await RecordAsync())[0]);
    }

    [Theory]
    [InlineData("ICECREAM_AUTOSTART=0 $L gcc -c x.c")]
    [InlineData("ICECREAM_AUTOSTART=no $L gcc -c x.c")]
    [InlineData("ICECREAM_AUTOSTART=Off $L gcc -c x.c")]
    [InlineData("ICECREAM_DISABLE=1 $L gcc -c x.c")]
    [InlineData("ICECC=disable $L gcc -c x.c")]
    [InlineData("ICECREAM_SOCKET=$F/none/agent.socket $L gcc -c x.c")]
    [InlineData("$L gcc --version; $L gcc -v; $L gcc -print-search-dirs; $L gcc -E -dM - </dev/null; $L gcc -E x.c; $L gcc x.o -o x")]
    [InlineData("$L gcc -Werror -mflag -c -x c /dev/null -o probe.o; $L gcc -c -x c - </dev/null; $L gcc -c conftest.c")]
    public async Task None_is_started_where_none_is_wanted_or_possible(string script)
    {
        await SaysAsync(script);
        Assert.False(File.Exists(Socket + ".start"));
        Assert.False(File.Exists(Socket + ".log"));
    }

    /// <summary>What the agent wrote about itself, once it has.</summary>
    private async Task<string[]> RecordAsync()
    {
        using var watcher = new FileSystemWatcher(Folder, "record.*");
        var seen = new TaskCompletionSource();
        watcher.Renamed += (_, _) => seen.TrySetResult();
        watcher.EnableRaisingEvents = true;
        string[] Find() => [.. Directory.GetFiles(Folder, "record.*").Where(path => !path.Contains(".new.", StringComparison.Ordinal))];
        if (Find().Length == 0)
        {
            await seen.Task.WaitAsync(Patience);
        }

        return await File.ReadAllLinesAsync(Find()[0]);
    }
}
