using System.Collections.Immutable;
using IceCream.Execution;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using IceCream.Storage;
using IceCream.Toolchains;
using IceCream.Transport;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>What a worker lacks for a job is brought before the job is done, by whoever sent it.</summary>
public sealed class FetchExecutorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly byte[] Source = "int a;"u8.ToArray(), Tool = "cc1"u8.ToArray();
    private static readonly Toolchain Tools = Toolchain.Of(new FileTree { Files = [new TreeFile("/cc1", Digest.Of(Tool), Tool.Length, 0)] }, "none");

    private readonly MemoryBlobStore _store = new();
    private readonly Compiler _compiler = new();
    private readonly FetchExecutor _executor;

    public FetchExecutorTests() => _executor = new FetchExecutor(_compiler, _store, new BlobFetcher(_store), "blade", TimeProvider.System);

    [Fact]
    public async Task The_tree_comes_first_then_what_it_names_and_the_job_has_it_along()
    {
        var origin = new Origin(_store, Source, Tools.Encoded.ToArray(), Tool);
        CompileResult result = await RunAsync(origin);

        Assert.Null(result.Failure);
        Assert.Equal([[Tools.Digest, Digest.Of(Source)], [Digest.Of(Tool)]], origin.Asked.Select(static digests => digests.ToArray()));
        Assert.Equal(Tools.Tree.Files.AsEnumerable(), _compiler.Job!.Described!.Tree.Files);
        Assert.Equal((Tools.Digest, 1), (_compiler.Job.Toolchain!.Value, origin.Watched));
        Assert.Equal([JobStep.Fetch, JobStep.Compile], result.Timeline.Stretches.Select(static stretch => stretch.Step));
    }

    [Fact]
    public async Task The_next_job_asks_for_nothing_and_has_the_very_tree()
    {
        await RunAsync(new Origin(_store, Source, Tools.Encoded.ToArray(), Tool));
        FileTree first = _compiler.Job!.Described!.Tree;
        var silent = new Origin(_store);
        await RunAsync(silent);

        Assert.Empty(silent.Asked);
        Assert.Same(first, _compiler.Job.Described!.Tree);
    }

    [Fact]
    public async Task Without_all_of_it_the_job_is_not_begun_and_its_origin_not_watched()
    {
        var origin = new Origin(_store, Source, Tools.Encoded.ToArray());
        CompileResult result = await RunAsync(origin);

        Assert.Equal((JobStep.Fetch, FailureRemedy.CompileHere, "a file is gone"), (result.Failure!.Step, result.Failure.Remedy, result.Failure.Message));
        Assert.Equal((null, 0), (_compiler.Job, origin.Watched));
        Assert.Equal([JobStep.Fetch], result.Timeline.Stretches.Select(static stretch => stretch.Step));
    }

    [Fact]
    public async Task A_tree_that_is_none_is_compiled_at_home()
    {
        byte[] nonsense = "nonsense"u8.ToArray();
        CompileResult result = await RunAsync(new Origin(_store, Source, nonsense), Job with { Toolchain = Digest.Of(nonsense) });

        Assert.Equal(FailureRemedy.CompileHere, result.Failure!.Remedy);
        Assert.StartsWith("The toolchain's tree is none: ", result.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_is_this_workers_trouble()
    {
        CompileResult result = await RunAsync(new Origin(_store) { Trouble = new IOException("No space left.") });
        Assert.Equal((FailureRemedy.AnotherWorker, "The store of 'blade' failed: No space left."), (result.Failure!.Remedy, result.Failure.Message));
    }

    [Fact]
    public async Task An_origin_that_has_left_waits_for_no_result() =>
        await Assert.ThrowsAsync<TransportException>(() => RunAsync(new Origin(_store) { Trouble = new TransportException("It left.") }));

    [Fact]
    public async Task What_one_origin_could_not_bring_another_is_asked_for()
    {
        var slow = new Origin(_store) { Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        Task<CompileResult> first = RunAsync(slow);
        var willing = new Origin(_store, Source, Tools.Encoded.ToArray(), Tool);
        Task<CompileResult> second = RunAsync(willing);
        Assert.Empty(willing.Asked);
        slow.Gate.SetResult();

        Assert.NotNull((await first).Failure);
        Assert.Null((await second).Failure);
        Assert.Equal([Tools.Digest, Digest.Of(Source)], willing.Asked[0].ToArray());
    }

    [Fact]
    public async Task Whoever_leaves_while_bytes_are_waited_for_gives_its_claim_to_them_up()
    {
        using var leaving = new CancellationTokenSource();
        Task<CompileResult> first = RunAsync(new Origin(_store) { Gate = new TaskCompletionSource() }, cancellationToken: leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        Assert.Null((await RunAsync(new Origin(_store, Source, Tools.Encoded.ToArray(), Tool))).Failure);
    }

    [Fact]
    public async Task A_store_that_keeps_nothing_is_not_filled_for_ever()
    {
        var forgetful = new Forgetful(_store);
        var executor = new FetchExecutor(_compiler, forgetful, new BlobFetcher(forgetful), "blade", TimeProvider.System);
        var origin = new Origin(_store, Source, Tools.Encoded.ToArray(), Tool);
        CompileResult result = await Task.Run(() => executor.ExecuteAsync(Job with { Origin = origin }).AsTask()).WaitAsync(Patience);

        Assert.Equal((FailureRemedy.AnotherWorker, "The store of 'blade' does not keep what is brought to it."), (result.Failure!.Remedy, result.Failure.Message));
        Assert.Null(_compiler.Job);
    }

    [Fact]
    public async Task A_job_that_nobody_sent_is_a_mistake() =>
        await Assert.ThrowsAsync<ArgumentException>(() => _executor.ExecuteAsync(Job).AsTask());

    private static CompileJob Job => new()
    {
        CommandLine = ["/cc", "-c", "a.c"],
        Compiler = "/cc",
        WorkingDirectory = "/src",
        Toolchain = Tools.Digest,
        Inputs = new FileTree { Files = [new TreeFile("/src/a.c", Digest.Of(Source), Source.Length, 0)] },
    };

    private Task<CompileResult> RunAsync(Origin origin, CompileJob? job = null, CancellationToken cancellationToken = default) =>
        _executor.ExecuteAsync((job ?? Job) with { Origin = origin }, cancellationToken).AsTask().WaitAsync(Patience, CancellationToken.None);

    private sealed class Compiler : IJobExecutor
    {
        public CompileJob? Job { get; private set; }

        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            Job = job;
            return ValueTask.FromResult(new CompileResult { Place = JobPlace.Remote, Timeline = job.Timeline.With(JobStep.Compile, TimeSpan.FromSeconds(1)) });
        }
    }

    /// <summary>Has lost each blob by the time that it is asked for.</summary>
    private sealed class Forgetful(MemoryBlobStore store) : IBlobStore
    {
        public bool Contains(Digest digest) => false;

        public IBlobWriter Create(Digest digest, long length) => store.Create(digest, length);

        public bool TryImport(Digest digest, string path) => false;

        public bool TryLink(Digest digest, string path) => false;

        public bool TryCopy(Digest digest, string path) => false;

        public byte[]? TryRead(Digest digest, int limit) => null;

        public IDisposable Pin(IEnumerable<Digest> digests) => store.Pin(digests);
    }

    /// <summary>Has these blobs, and no others.</summary>
    private sealed class Origin(MemoryBlobStore store, params byte[][] blobs) : IJobOrigin
    {
        public List<ImmutableArray<Digest>> Asked { get; } = [];

        public int Watched { get; private set; }

        public IOException? Trouble { get; init; }

        public TaskCompletionSource? Gate { get; init; }

        public async ValueTask<string?> BringAsync(ImmutableArray<Digest> digests, CancellationToken cancellationToken)
        {
            Asked.Add(digests);
            await (Gate?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask);
            if (Trouble is not null)
            {
                throw Trouble;
            }

            foreach (Digest digest in digests)
            {
                if (blobs.FirstOrDefault(blob => Digest.Of(blob) == digest) is not { } content)
                {
                    return "a file is gone";
                }

                using IBlobWriter writer = store.Create(digest, content.Length);
                writer.Write(content);
                writer.Commit();
            }

            return null;
        }

        public void Watch() => Watched++;
    }
}
