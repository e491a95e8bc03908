using System.Text;
using IceCream.Sandboxing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Sandboxing;

public sealed class BubblewrapSandboxTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private readonly BubblewrapSandbox _sandbox = new(TimeProvider.System);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Nothing_stands_in_the_way_here() => Assert.Null(await _sandbox.FindObstacleAsync());

    [Fact]
    public async Task A_missing_program_is_an_obstacle_and_not_a_result()
    {
        var sandbox = new BubblewrapSandbox(TimeProvider.System, "/nonexistent/bwrap");
        Assert.NotNull(await sandbox.FindObstacleAsync());
        await Assert.ThrowsAsync<SandboxException>(async () => await sandbox.RunAsync(Shell(":")));
    }

    [Fact]
    public async Task An_obstacle_that_has_passed_is_none()
    {
        string program = Path.Combine(_folder, "bwrap");
        var sandbox = new BubblewrapSandbox(TimeProvider.System, program);
        Assert.NotNull(await sandbox.FindObstacleAsync());

        await File.WriteAllTextAsync(program, "#!/bin/sh\nexec bwrap \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Null(await sandbox.FindObstacleAsync());
    }

    [Fact]
    public async Task Exit_code_and_both_texts_come_back()
    {
        SandboxOutcome outcome = await _sandbox.RunAsync(Shell("echo out; echo err >&2; exit 7"));
        Assert.Equal((7, 0, "out\n", "err\n"), (outcome.ExitCode, outcome.Signal, Text(outcome.StandardOutput), Text(outcome.StandardError)));
    }

    [Fact]
    public async Task A_signal_is_told_apart()
    {
        SandboxOutcome outcome = await _sandbox.RunAsync(Shell("kill -SEGV $$"));
        Assert.Equal((139, 11), (outcome.ExitCode, outcome.Signal));
    }

    /// <summary>An agent would wait for it as long as a compile may take.</summary>
    [Theory]
    [InlineData("kill -STOP $$")]
    [InlineData("sh -c 'kill -STOP $$'")]
    public async Task A_command_that_is_stopped_is_ended(string script)
    {
        var time = new FakeTimeProvider();
        var sandbox = new BubblewrapSandbox(time);
        await sandbox.FindObstacleAsync();
        string begun = Path.Combine(_folder, "begun");
        Task<SandboxOutcome> stopped = sandbox.RunAsync(Shell($"echo > /mnt/begun; {script}; echo on") with { Mounts = [new SandboxMount(_folder, "/mnt", true)], Limits = new SandboxLimits { WallTime = Timeout.InfiniteTimeSpan } }).AsTask();
        while (!stopped.IsCompleted)
        {
            // Each look costs the process a moment, in which it gets to where it stops.
            time.Advance(TimeSpan.FromSeconds(File.Exists(begun) ? 2 : 0));
            await Task.Yield();
        }

        SandboxOutcome outcome = await stopped;
        Assert.Contains("stood still", outcome.LimitReached, StringComparison.Ordinal);
        Assert.DoesNotContain("on", Text(outcome.StandardOutput), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sandbox_that_cannot_be_built_is_no_result()
    {
        SandboxException mount = await Assert.ThrowsAsync<SandboxException>(
            async () => await _sandbox.RunAsync(Shell(":") with { Mounts = [new SandboxMount("/nonexistent", "/mnt", false)] }));
        Assert.Contains("/nonexistent", mount.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SandboxException>(async () => await _sandbox.RunAsync(Shell(":") with { CommandLine = ["nosuchprogram"] }));
    }

    [Fact]
    public async Task The_command_sees_just_the_environment_it_is_given()
    {
        SandboxOutcome outcome = await _sandbox.RunAsync(Shell("/usr/bin/env") with { Environment = ["PATH=/usr/bin", "A=b=c"] });
        string[] lines = Text(outcome.StandardOutput).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["A=b=c", "PATH=/usr/bin", "PWD=/"], lines.Where(line => !line.StartsWith('_')).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Only_writable_mounts_can_be_written()
    {
        SandboxOutcome outcome = await _sandbox.RunAsync(
            Shell("echo in > /mnt/file; umask; echo x > /srv/escaped; echo x > /dev/escaped") with
            {
                Mounts = [new SandboxMount(_folder, "/mnt", true)],
                Umask = 0b000_111_111,
            });
        Assert.Equal("0077\n", Text(outcome.StandardOutput));
        Assert.Equal("in\n", await File.ReadAllTextAsync(Path.Combine(_folder, "file")));
        Assert.False(File.Exists("/srv/escaped"));
        Assert.Equal(2, Text(outcome.StandardError).Split("escaped").Length - 1);
    }

    [Fact]
    public async Task What_is_not_writable_cannot_be_altered_in_any_way()
    {
        string file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "kept");
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        const string Attack = "echo x > $1/file; chmod 777 $1/file; touch $1/file; rm -f $1/file; ln $1/file $1/more; mv $1/file $1/moved; mkdir $1/made";
        const string Remount = "mount -o remount,bind,rw /mnt; mount -o remount,bind,rw /; umount /mnt";
        SandboxOutcome outcome = await _sandbox.RunAsync(
            Shell($"attack() {{ {Attack}; }}; attack /mnt; attack {_folder}; attack /proc/1/root/mnt; unshare -rm sh -c '{Remount}; for to in /mnt {_folder}; do echo x > $to/file; rm -f $to/file; done'; echo tried") with
            {
                Mounts = [new SandboxMount(_folder, "/mnt", false)],
                Environment = ["PATH=/usr/bin:/bin:/usr/sbin:/sbin"],
            });

        Assert.Equal("tried\n", Text(outcome.StandardOutput));
        Assert.Contains("Read-only file system", Text(outcome.StandardError), StringComparison.Ordinal);
        Assert.Equal([file], Directory.GetFileSystemEntries(_folder));
        Assert.Equal("kept", await File.ReadAllTextAsync(file));
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(file));
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(file) & UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task There_is_no_network_beyond_an_idle_loopback()
    {
        SandboxOutcome outcome = await _sandbox.RunAsync(Shell("cat /proc/net/dev | tail -n +3 | cut -d: -f1; cat /proc/net/route | tail -n +2"));
        Assert.Equal("lo", Text(outcome.StandardOutput).Trim());
    }

    [Fact]
    public async Task A_command_that_writes_too_much_text_is_ended()
    {
        SandboxOutcome outcome = await _sandbox.RunAsync(Shell("while :; do echo text; done") with { Limits = new SandboxLimits { Text = 1000 } });
        Assert.NotNull(outcome.LimitReached);
        Assert.Equal(1000, outcome.StandardOutput.Length);
    }

    [Fact]
    public async Task A_command_that_writes_too_large_a_file_is_ended()
    {
        SandboxOutcome outcome = await _sandbox.RunAsync(Shell("exec head -c 100000 /dev/zero > /mnt/file") with
        {
            Mounts = [new SandboxMount(_folder, "/mnt", true)],
            Limits = new SandboxLimits { FileSize = 8192 },
        });
        Assert.Equal(25, outcome.Signal);
        Assert.Equal(8192, new FileInfo(Path.Combine(_folder, "file")).Length);
    }

    [Theory]
    [InlineData("head -c 3000 /dev/zero > /mnt/one; head -c 3000 /dev/zero > /mnt/two", "bytes of files")]
    [InlineData("mkdir /mnt/d; cd /mnt/d; i=0; while [ $i -lt 120 ]; do mkdir d; cd d; i=$((i + 1)); done", "within folders")]
    public async Task A_command_that_fills_the_disk_is_ended(string fill, string limit)
    {
        var time = new FakeTimeProvider();
        var sandbox = new BubblewrapSandbox(time);
        SandboxCommand waiting = Waiting();
        Task<SandboxOutcome> running = sandbox.RunAsync(Shell(fill + "; " + waiting.CommandLine[2]) with { Mounts = waiting.Mounts, Limits = new SandboxLimits { Disk = 5000 } }).AsTask();
        await StartedAsync();
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Contains(limit, (await running).LimitReached, StringComparison.Ordinal);
        Assert.False(AnyoneBearsTheMark());
    }

    [Fact]
    public async Task A_command_that_runs_too_long_is_ended()
    {
        var time = new FakeTimeProvider();
        var sandbox = new BubblewrapSandbox(time);
        Task<SandboxOutcome> running = sandbox.RunAsync(Waiting()).AsTask();
        await StartedAsync();
        time.Advance(TimeSpan.FromHours(1));
        Assert.NotNull((await running).LimitReached);
    }

    [Fact]
    public async Task A_cancelled_command_is_gone_with_its_children()
    {
        using var cancellation = new CancellationTokenSource();
        Task<SandboxOutcome> running = _sandbox.RunAsync(Waiting(), cancellation.Token).AsTask();
        await StartedAsync();
        Assert.True(AnyoneBearsTheMark());
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Assert.False(AnyoneBearsTheMark());
    }

    [Fact]
    public async Task A_command_outlives_the_thread_that_asked_for_it()
    {
        using (var pipe = System.Diagnostics.Process.Start("mkfifo", Path.Combine(_folder, "go")))
        {
            pipe.WaitForExit();
        }

        Task<SandboxOutcome>? running = null;
        var asking = new Thread(() => running = _sandbox.RunAsync(
            Shell("echo > /mnt/started; read word < /mnt/go; exit 3") with { Mounts = [new SandboxMount(_folder, "/mnt", true)] }).AsTask());
        using (var pipe = System.Diagnostics.Process.Start("mkfifo", Path.Combine(_folder, "started")))
        {
            pipe.WaitForExit();
        }

        asking.Start();
        await StartedAsync();
        asking.Join();
        await File.WriteAllTextAsync(Path.Combine(_folder, "go"), "word\n");

        Assert.Equal(3, (await running!).ExitCode);
    }

    [Fact]
    public async Task Whenever_it_is_cancelled_it_ends()
    {
        for (int i = 0; i < 100; i++)
        {
            using var cancellation = new CancellationTokenSource(TimeSpan.FromMicroseconds(150 * i));
            try
            {
                await _sandbox.RunAsync(Shell("sleep 1000"), cancellation.Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            }
            catch (OperationCanceledException)
            {
                continue;
            }

            Assert.Fail("It ended by itself.");
        }
    }

    private string Mark => Path.GetFileName(_folder);

    private bool AnyoneBearsTheMark()
    {
        var search = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true };
        return Directory.GetFiles("/proc", "cmdline", search).Any(BearsTheMark);
    }

    private bool BearsTheMark(string commandLine)
    {
        try
        {
            return File.ReadAllText(commandLine).Contains(Mark, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // A process that ended meanwhile.
            return false;
        }
    }

    /// <summary>A command with a child that says when both run, by opening a named pipe, and then never ends.</summary>
    private SandboxCommand Waiting()
    {
        using var pipe = System.Diagnostics.Process.Start("mkfifo", Path.Combine(_folder, "started"));
        pipe.WaitForExit();
        return Shell($": {Mark}; sh -c ': {Mark}; echo > /mnt/started; sleep 1000; :' & wait") with { Mounts = [new SandboxMount(_folder, "/mnt", true)] };
    }

    private Task<string> StartedAsync() => Task.Run(() => File.ReadAllText(Path.Combine(_folder, "started")));

    private static SandboxCommand Shell(string script) => new()
    {
        Root = "/",
        CommandLine = ["sh", "-c", script],
        WorkingDirectory = "/",
        Environment = ["PATH=/usr/bin:/bin"],
    };

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
