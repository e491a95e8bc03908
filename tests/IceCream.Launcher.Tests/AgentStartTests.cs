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
                echo "descriptors" $(for i in 0 1 2 4 5 6 7 8 9 12 13 14 15; do [ -e /proc/$$/fd/$i ] && echo $i; done)
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
        Assert.Equal("", await SaysAsync("export MAKEFLAGS='-j --jobserver-auth=7,8' ICECREAM_MODE=auto; exec 7</dev/null 8</dev/null; trap '' INT; $L gcc -c x.c"));
        string[] record = await RecordAsync();
        Assert.Equal($"words daemon --no-worker --socket {Socket}", record[0]);
        Assert.Equal("folder /", record[1]);

        Assert.Equal("descriptors 0 1 2", record[2]);
        Assert.Equal("input /dev/null", record[3]);
        string[] session = record[4].Split(' ');
        Assert.Equal(session[1], session[2]);
        Assert.Equal(["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"], record[5..7].Select(WithoutInternalSignals));
        Assert.Contains("HOME=/home/somebody", record);
        Assert.DoesNotContain(record, line => line.StartsWith("MAKEFLAGS", StringComparison.Ordinal) || line.StartsWith("ICECREAM_LEVEL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_hundred_launchers_start_one()
    {
        Assert.Equal("", await SaysAsync("n=0; while [ $n -lt 200 ]; do $L gcc -c x.c & n=$((n+1)); done; wait"));
        await RecordAsync();
        Assert.Single(Directory.GetFiles(Folder, "record.*"));
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
        Assert.Equal($"words daemon --no-worker --socket {Folder}/icecream/agent.socket", (await RecordAsync())[0]);
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(Path.Combine(Folder, "icecream")));
    }

    [Fact]
    public async Task A_relative_socket_is_made_absolute()
    {
        await SaysAsync("ICECREAM_SOCKET=here.socket $L gcc -c x.c");
        Assert.Equal($"words daemon --no-worker --socket {Folder}/here.socket", (await RecordAsync())[0]);
    }

    [Theory]
    [InlineData("ICECREAM_AUTOSTART=0 $L gcc -c x.c")]
    [InlineData("ICECREAM_DISABLE=1 $L gcc -c x.c")]
    [InlineData("ICECREAM_SOCKET=$F/none/agent.socket $L gcc -c x.c")]
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
