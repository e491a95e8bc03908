using System.Diagnostics;
using IceCream.Processes;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Processes;

public sealed class ProcessCompilerProbeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("probe").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_compiler_that_does_not_answer_is_given_up_left_alone_for_a_while_and_asked_again()
    {
        var time = new FakeTimeProvider();
        var probe = new ProcessCompilerProbe(time);
        string compiler = Write("silent", "echo x >>asked; mkfifo wait; exec sleep 600 <wait >wait");
        Task<ProbeAnswer> asking = probe.AskAsync(compiler, ["-v"], _folder, ["PATH=/usr/bin:/bin"]).AsTask();
        await AskedAsync(1);
        time.Advance(ProcessCompilerProbe.PatienceWithCompilers - TimeSpan.FromSeconds(1));
        Assert.False(asking.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("20 s", (await Assert.ThrowsAsync<IOException>(() => asking.WaitAsync(Patience))).Message, StringComparison.Ordinal);

        await Assert.ThrowsAsync<IOException>(() => probe.AskAsync(compiler, ["-dumpmachine"], "/", []).AsTask().WaitAsync(Patience));
        await AskedAsync(1);
        File.WriteAllText(compiler, "#!/bin/sh\necho hello\n");
        time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal("hello\n", (await probe.AskAsync(compiler, ["-v"], _folder, []).AsTask().WaitAsync(Patience)).Output);
    }

    [Fact]
    public async Task A_question_that_is_cancelled_says_nothing_of_the_compiler()
    {
        var probe = new ProcessCompilerProbe(new FakeTimeProvider());
        string compiler = Write("slow", "echo x >>asked; [ -e quick ] || exec sleep 600");
        using var leaving = new CancellationTokenSource();
        Task<ProbeAnswer> asking = probe.AskAsync(compiler, [], _folder, ["PATH=/usr/bin:/bin"], leaving.Token).AsTask();
        await AskedAsync(1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Patience));
        File.WriteAllText(Path.Combine(_folder, "quick"), "");
        Assert.Equal(0, (await probe.AskAsync(compiler, [], _folder, ["PATH=/usr/bin:/bin"]).AsTask().WaitAsync(Patience)).ExitCode);
    }

    [Fact]
    public async Task A_launcher_that_a_compilers_script_calls_asks_nobody()
    {
        var probe = new ProcessCompilerProbe(new FakeTimeProvider());
        ProbeAnswer answer = await probe.AskAsync(Write("script", "echo $ICECREAM_DISABLE"), [], _folder, ["ICECREAM_DISABLE=0"]).AsTask().WaitAsync(Patience);
        Assert.Equal("1\n", answer.Output);
    }

    private async Task AskedAsync(int times)
    {
        using var watcher = new FileSystemWatcher(_folder, "asked");
        var changed = new SemaphoreSlim(0);
        watcher.Changed += (_, _) => changed.Release();
        watcher.Created += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        var since = Stopwatch.StartNew();
        string path = Path.Combine(_folder, "asked");
        while (!File.Exists(path) || File.ReadAllLines(path).Length < times)
        {
            Assert.True(since.Elapsed < Patience, "The compiler was not asked.");
            await changed.WaitAsync(Patience);
        }

        Assert.Equal(times, File.ReadAllLines(path).Length);
    }

    private string Write(string name, string script)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return path;
    }
}
