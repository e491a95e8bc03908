using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Sandboxing;
using Xunit;
using Xunit.Abstractions;

namespace IceCream.Tests.Execution;

/// <summary>A worker that has done many jobs, of which many were called off, holds and leaves no more than one that has done a few.</summary>
[Collection(nameof(Alone))]
public sealed class LeftoversTests(ITestOutputHelper output) : CompiledElsewhere
{
    private const int AtOnce = 4;

    private static readonly TimeSpan LongestCompile = TimeSpan.FromMinutes(1);

    private readonly DateTime _began = TimeProvider.System.GetUtcNow().UtcDateTime;

    [Fact]
    public Task Nothing_is_left_of_some_jobs() => CompileAsync(60, oneIn: 5);

    [Fact]
    [Trait("Length", "Long")]
    public Task Nothing_is_left_of_ten_thousand_jobs() => CompileAsync(10_000, oneIn: 10);

    /// <param name="jobs">How many.</param>
    /// <param name="oneIn">One in this many is called off.</param>
    private async Task CompileAsync(int jobs, int oneIn)
    {
        Write("a.c", "#include <stddef.h>\nint f(void) { return sizeof(size_t); }\n");
        CompileJob job = await PrepareAsync(["gcc", "-O2", "-g", "-c", "a.c", "-o", "out.o"]);

        // The first ones open what is kept for all.
        await RunAsync(job, 2 * AtOnce, oneIn: 0);
        Holdings before = Look();
        (int done, int killed) = await RunAsync(job, jobs, oneIn);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Holdings after = Look();
        output.WriteLine($"{done} done, {killed} killed; before {before}, after {after}");
        Assert.True(killed >= jobs / oneIn / 2, $"{killed} of {jobs} were killed.");
        Assert.Equal(before with { Descriptors = 0 }, after with { Descriptors = 0 });
        Assert.InRange(after.Descriptors, 0, before.Descriptors + 8);
    }

    /// <summary>Some are called off: at once, while the root is built, when the compiler runs, or when the result is collected.</summary>
    private async Task<(int Done, int Killed)> RunAsync(CompileJob job, int jobs, int oneIn)
    {
        int next = 0, done = 0, killed = 0;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= jobs)
            {
                bool isKilled = oneIn > 0 && number % oneIn == 0;
                using CancellationTokenSource end = isKilled ? new(TimeSpan.FromMilliseconds(number / oneIn % 40)) : new();
                try
                {
                    CompileResult result = await Executor.ExecuteAsync(job, end.Token);
                    Assert.True(result.Failure is null, result.Failure?.Message);
                    result.Discard();
                    Interlocked.Increment(ref done);
                }
                catch (OperationCanceledException) when (isKilled)
                {
                    Interlocked.Increment(ref killed);
                }
            }
        })));
        return (done, killed);
    }

    private Holdings Look()
    {
        // Other processes of this machine have such files too, for as long as a compile takes.
        DateTime latest = TimeProvider.System.GetUtcNow().UtcDateTime - LongestCompile;
        int temporary = Directory.EnumerateFiles(BubblewrapSandbox.TemporaryFolder, ".icecream-*").Count(file => File.GetLastWriteTimeUtc(file) is var written && written > _began && written < latest);
        return new Holdings(
            Directory.GetFileSystemEntries("/proc/self/fd").Length, File.ReadAllLines("/proc/self/mountinfo").Length, ProcessFamily.ChildrenOf(Environment.ProcessId).Length, temporary,
            Directory.GetFileSystemEntries(Path.Combine(Folder, "roots")).Length <= AtOnce + 2);
    }

    private sealed record Holdings(int Descriptors, int Mounts, int Children, int TemporaryFiles, bool FewRoots);
}
