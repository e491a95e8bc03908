using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Processes;
using Xunit;

namespace IceCream.Tests.Inputs;

/// <summary>A build begins with many jobs at once, and all want to know the same of their compiler.</summary>
public sealed class SearchFoldersTests : IDisposable
{
    private readonly ScannedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_compiler_is_asked_once_for_all_that_ask_at_the_same_time()
    {
        _folder.Write("a.cc", "");
        var probe = new HeldProbe();
        var folders = new SearchFolders(probe);
        CompileJob job = _folder.Job("g++", "-Inot/there/yet", "-c", "a.cc");

        Task<SearchPath?>[] asking = [.. Enumerable.Range(0, 12).Select(_ => folders.AskAsync(job, job.Invocation!, _folder.Memory.Begin(), default).AsTask())];
        probe.Release();
        SearchPath?[] answers = await Task.WhenAll(asking);

        Assert.Equal(1, probe.Asked);
        Assert.All(answers, answer => Assert.Same(answers[0], Assert.IsType<SearchPath>(answer)));
    }

    [Fact]
    public async Task One_that_gives_up_leaves_the_answer_to_the_others()
    {
        _folder.Write("a.cc", "");
        var probe = new HeldProbe();
        var folders = new SearchFolders(probe);
        CompileJob job = _folder.Job("g++", "-c", "a.cc");
        using var impatience = new CancellationTokenSource();

        Task<SearchPath?> impatient = folders.AskAsync(job, job.Invocation!, impatience.Token).AsTask();
        Task<SearchPath?> patient = folders.AskAsync(job, job.Invocation!).AsTask();
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        probe.Release();

        Assert.NotNull(await patient);
        Assert.Equal(1, probe.Asked);
    }

    [Fact]
    public async Task Answers_with_the_same_macros_share_them()
    {
        _folder.Write("a.cc", "");
        var folders = new SearchFolders(new ProcessCompilerProbe());
        SearchPath?[] answers = [.. await Task.WhenAll(((string[])["-Ione", "-Itwo", "-funsigned-char"]).Select(async flag =>
        {
            CompileJob job = _folder.Job("g++", flag, "-c", "a.cc");
            return await folders.AskAsync(job, job.Invocation!);
        }))];

        Assert.All(answers, static answer => Assert.NotNull(answer));
        Assert.NotSame(answers[0], answers[1]);
        Assert.Same(answers[0]!.Predefined, answers[1]!.Predefined);
        Assert.NotSame(answers[0]!.Predefined, answers[2]!.Predefined);
    }

    [Fact]
    public async Task A_compiler_that_could_not_be_started_is_asked_again()
    {
        _folder.Write("a.cc", "");
        var probe = new HeldProbe { Failure = new IOException("no memory") };
        var folders = new SearchFolders(probe);
        CompileJob job = _folder.Job("g++", "-c", "a.cc");
        probe.Release();

        await Assert.ThrowsAsync<IOException>(async () => await folders.AskAsync(job, job.Invocation!));
        probe.Failure = null;

        Assert.NotNull(await folders.AskAsync(job, job.Invocation!));
    }

    private sealed class HeldProbe : ICompilerProbe
    {
        private readonly ProcessCompilerProbe _real = new();
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public IOException? Failure { get; set; }

        public void Release() => _released.SetResult();

        public async ValueTask<ProbeAnswer> AskAsync(
            string program, IReadOnlyList<string> arguments, string workingDirectory, IReadOnlyList<string> environment, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _asked);
            await _released.Task.WaitAsync(cancellationToken);
            return Failure is { } failure ? throw failure : await _real.AskAsync(program, arguments, workingDirectory, environment, cancellationToken);
        }
    }
}
