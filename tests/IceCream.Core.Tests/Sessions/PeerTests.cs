using System.Text;
using IceCream.Clients;
using IceCream.Execution;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using IceCream.Sessions;
using IceCream.Storage;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Sessions;

/// <summary>The peer protocol from end to end, in memory: an agent's client, a worker's session, and a stand-in for the compiler.</summary>
public sealed partial class PeerTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] Source = "int main() {}"u8.ToArray();
    private static readonly byte[] Tools = FileTreeCodec.Encode(new FileTree { Files = [new TreeFile("/cc", Digest.Of("cc"u8), 2, 0)] });

    private readonly InMemoryTransport _transport = new();
    private readonly WatchedStore _store = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _sessions = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private readonly Blobs _blobs = new(Source, Tools, "cc"u8.ToArray());

    private static CompileJob Job => new()
    {
        CommandLine = ["/cc", "-c", "a.c"],
        Compiler = "/cc",
        WorkingDirectory = "/src",
        Toolchain = Digest.Of(Tools),
        Inputs = new FileTree { Files = [new TreeFile("/src/a.c", Digest.Of(Source), Source.Length, 0)] },
    };

    private static SlotLease Lease => new(1, "blade", FarmAddress.Memory("blade"), DateTimeOffset.MaxValue, "good"u8.ToArray());

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_sessions).WaitAsync(Patience);
        _ending.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_job_travels_with_what_the_worker_lacks_and_comes_back_with_its_files()
    {
        byte[] large = new byte[(3 << 20) + 7];
        new Random(1).NextBytes(large);
        await using PeerClient client = await ConnectAsync(new Compiler((job, _) => ValueTask.FromResult(new CompileResult
        {
            Place = JobPlace.Remote,
            StandardError = _store.TryRead(job.Inputs!.Files[0].Digest, int.MaxValue),
            Outputs = [new OutputFile("/src/a.o", 420, OutputContent.Of(large)), new OutputFile("/src/a.d", 420, OutputContent.Empty)],
        })));

        CompileResult result = await ExecuteAsync(client, Job with { Outputs = [new JobOutput("/src/a.o", false), new JobOutput("/src/a.d", false)] });

        Assert.Null(result.Failure);
        Assert.Equal([JobStep.Fetch, JobStep.Receive], result.Timeline.Stretches.Select(static stretch => stretch.Step));
        Assert.Equal(Source, result.StandardError.ToArray());
        Assert.Equal("blade", result.Worker);
        Assert.Equal(["/src/a.o", "/src/a.d"], result.Outputs.Select(file => file.Path));
        Assert.Equal(large, result.Outputs[0].Content.ToArray());
        Assert.Equal(0, result.Outputs[1].Content.Length);
    }

    [Fact]
    public async Task Jobs_at_once_arrive_each_with_its_own_files()
    {
        await using PeerClient client = await ConnectAsync(new Compiler((job, _) => ValueTask.FromResult(new CompileResult
        {
            Place = JobPlace.Remote,
            Outputs = [new OutputFile(job.Outputs[0].Path, 420, OutputContent.Of(Encoding.UTF8.GetBytes(string.Join(' ', job.Inputs!.Files.Select(file => file.Path).Order(StringComparer.Ordinal)))))],
        })));
        for (int round = 0; round < 3; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 40).Select(async number =>
            {
                TreeFile[] files = [.. Enumerable.Range(number / 2, 30).Select(header => new TreeFile($"/src/{header}.h", Digest.Of(Source), Source.Length, header))];
                CompileResult result = await ExecuteAsync(client, Job with { Inputs = new FileTree { Files = [.. files] }, Outputs = [new JobOutput($"/src/{number}.o", false)] });

                Assert.Null(result.Failure);
                OutputFile output = Assert.Single(result.Outputs);
                Assert.Equal($"/src/{number}.o", output.Path);
                Assert.Equal(string.Join(' ', files.Select(file => file.Path).Order(StringComparer.Ordinal)), Encoding.UTF8.GetString(output.Content.ToArray()));
            }));
        }
    }

    [Fact]
    public async Task A_job_after_one_that_was_cancelled_is_done()
    {
        var started = new TaskCompletionSource();
        await using PeerClient client = await ConnectAsync(new Compiler(async (job, cancellationToken) =>
        {
            if (job.User == "slow")
            {
                started.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            return new CompileResult { Place = JobPlace.Remote };
        }));
        await ExecuteAsync(client, Job);
        using var leaving = new CancellationTokenSource();
        Task<CompileResult> slow = client.ExecuteAsync(Lease, Job with { User = "slow" }, _blobs, leaving.Token).AsTask();
        await started.Task.WaitAsync(Patience);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow.WaitAsync(Patience));

        Assert.All(await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ExecuteAsync(client, Job))), result => Assert.Null(result.Failure));
    }

    [Fact]
    public async Task An_agent_that_says_anything_but_entries_after_the_greeting_is_left()
    {
        await using MultiplexedConnection near = await GreetRawAsync();
        await near.Control.SendAsync(new PeerHello(PeerMessage.Version, "farm", "desk", Lease.Capability), static (hello, output) => hello.Encode(output)).AsTask().WaitAsync(Patience);
        await near.Closed.WaitAsync(Patience);
        await _sessions[0].WaitAsync(Patience);
        Assert.True(near.Closed.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_worker_refuses_who_has_no_lease_on_it()
    {
        TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => ConnectAsync(
            new Compiler((_, _) => throw new InvalidOperationException()), lease: Lease with { Capability = "bad"u8.ToArray() }));
        Assert.Contains("The lease is not one of this worker's.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_opens_a_channel_before_its_greeting_is_left()
    {
        MultiplexedConnection near = await DialAsync(new Compiler((_, _) => throw new InvalidOperationException("The job must not run.")));
        await near.OpenAsync();
        await near.Closed.WaitAsync(Patience);
        await _sessions[0].WaitAsync(Patience);
        await near.DisposeAsync();
    }

    [Fact]
    public async Task A_job_that_meets_a_defect_ends_and_the_others_go_on()
    {
        await using PeerClient client = await ConnectAsync(new Compiler((job, _) => job.User == "unlucky"
            ? throw new InvalidOperationException("A defect.")
            : ValueTask.FromResult(new CompileResult { Place = JobPlace.Remote })));
        Assert.Equal(FailureRemedy.AnotherWorker, (await ExecuteAsync(client, Job with { User = "unlucky" })).Failure?.Remedy);
        Assert.Null((await ExecuteAsync(client, Job)).Failure);
        Assert.False(client.Closed.IsCompleted);
    }

    [Fact]
    public async Task A_lease_that_the_worker_does_not_know_goes_elsewhere()
    {
        await using PeerClient client = await ConnectAsync(new Compiler((_, _) => throw new InvalidOperationException("The job must not run.")));
        CompileResult result = await client.ExecuteAsync(Lease with { Capability = "bad"u8.ToArray() }, Job, _blobs, default).AsTask().WaitAsync(Patience);

        Assert.Equal(FailureRemedy.AnotherWorker, result.Failure?.Remedy);
    }

    [Fact]
    public async Task Cancelling_a_job_ends_it_on_the_worker()
    {
        var started = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using PeerClient client = await ConnectAsync(new Compiler(async (_, cancellationToken) =>
        {
            await using CancellationTokenRegistration registration = cancellationToken.Register(() => ended.TrySetResult());
            started.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return new CompileResult { Place = JobPlace.Remote };
        }));
        using var leaving = new CancellationTokenSource();
        Task<CompileResult> job = client.ExecuteAsync(Lease, Job, _blobs, leaving.Token).AsTask();
        await started.Task.WaitAsync(Patience);
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job.WaitAsync(Patience));
        await ended.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_worker_that_dies_is_a_failure_that_another_worker_mends()
    {
        var started = new TaskCompletionSource();
        await using PeerClient client = await ConnectAsync(new Compiler(async (_, cancellationToken) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return new CompileResult { Place = JobPlace.Remote };
        }));
        Task<CompileResult> job = ExecuteAsync(client, Job);
        await started.Task.WaitAsync(Patience);
        await _ending.CancelAsync();

        Assert.Equal(FailureRemedy.AnotherWorker, (await job).Failure?.Remedy);
    }

    [Fact]
    public async Task A_worker_of_another_network_refuses_and_says_which_it_serves()
    {
        TransportException refusal = await Assert.ThrowsAsync<TransportException>(
            () => ConnectAsync(new Compiler((_, _) => throw new InvalidOperationException()), network: "other"));
        Assert.Contains("'farm', not 'other'", refusal.Message, StringComparison.Ordinal);
    }

    private Task<CompileResult> ExecuteAsync(PeerClient client, CompileJob job) =>
        client.ExecuteAsync(Lease, job, _blobs, default).AsTask().WaitAsync(Patience);

    private async Task<PeerClient> ConnectAsync(IJobExecutor compiler, string network = "farm", SlotLease? lease = null) =>
        await PeerClient.GreetAsync(await DialAsync(compiler), network, "desk", lease ?? Lease, new Spool(_folder), TimeProvider.System, default).AsTask().WaitAsync(Patience);

    private async Task<MultiplexedConnection> GreetRawAsync()
    {
        MultiplexedConnection near = await DialAsync(new Compiler((_, _) => throw new InvalidOperationException("The job must not run.")));
        await near.Control.SendAsync(new PeerHello(PeerMessage.Version, "farm", "desk", Lease.Capability), static (hello, output) => hello.Encode(output));
        Assert.NotNull(await near.Control.ReceiveAsync().AsTask().WaitAsync(Patience));
        return near;
    }

    private async Task<MultiplexedConnection> DialAsync(IJobExecutor compiler)
    {
        await using ITransportListener listener = await _transport.ListenAsync(FarmAddress.Memory("blade"));
        var host = new PeerHost(
            "farm", "blade", _store, new FetchExecutor(compiler, _store, new BlobFetcher(_store), "blade", TimeProvider.System),
            capability => capability.Span.SequenceEqual("good"u8) ? null : "The lease is not one of this worker's.", TimeProvider.System);
        Task<ITransportConnection?> accepting = listener.AcceptAsync().AsTask();
        var near = new MultiplexedConnection(await _transport.ConnectAsync(listener.LocalAddress));
        var far = new MultiplexedConnection((await accepting)!);
        _sessions.Add(new PeerSession(far, host, NullLogger<PeerSession>.Instance).RunAsync(static () => { }, _ending.Token));
        return near;
    }
}
