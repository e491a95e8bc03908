using IceCream.Clients;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Sessions;

// What travels for a job, and what need not.
public sealed partial class PeerTests
{
    [Fact]
    public async Task What_the_worker_has_is_not_asked_for_again()
    {
        await using PeerClient client = await ConnectAsync(new Compiler((_, _) => ValueTask.FromResult(new CompileResult { Place = JobPlace.Remote })));
        await ExecuteAsync(client, Job);
        Assert.Equal(3, _blobs.Opened);

        await ExecuteAsync(client, Job);
        Assert.Equal(3, _blobs.Opened);
    }

    [Fact]
    public async Task A_blob_is_sent_once_however_many_jobs_wait_for_it()
    {
        await using PeerClient client = await ConnectAsync(new Compiler((_, _) => ValueTask.FromResult(new CompileResult { Place = JobPlace.Remote })));
        CompileResult[] results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => ExecuteAsync(client, Job)));

        Assert.All(results, result => Assert.Null(result.Failure));
        Assert.Equal(3, _blobs.Opened);
    }

    [Fact]
    public async Task A_worker_whose_job_failed_looks_again_whether_the_blobs_are_there()
    {
        bool fails = false;
        await using PeerClient client = await ConnectAsync(new Compiler((_, _) => ValueTask.FromResult(fails
            ? CompileResult.Failed(new JobFailure(FailedParty.Worker, JobStep.Prepare, FailureRemedy.AnotherWorker, "A blob is not here any more."))
            : new CompileResult { Place = JobPlace.Remote })));
        await ExecuteAsync(client, Job);
        int asked = _store.Asked;
        await ExecuteAsync(client, Job);
        Assert.Equal(asked, _store.Asked);

        fails = true;
        Assert.Equal(JobStep.Prepare, (await ExecuteAsync(client, Job)).Failure?.Step);
        fails = false;
        _store.Lose(Digest.Of(Source));
        Assert.Null((await ExecuteAsync(client, Job)).Failure);
        Assert.Equal(4, _blobs.Opened);
    }

    [Fact]
    public void Blobs_are_looked_for_again_in_the_next_shift_and_let_go_after_the_last_one()
    {
        var time = new FakeTimeProvider();
        var fetcher = new BlobFetcher(_store, time);
        PinnedBlobs first = fetcher.Enter();
        first.Pin([new TreeFile("/a", Digest.Of(Source), 1, 0)]);
        first.Know([new TreeFile("/a", Digest.Of(Source), 1, 0)]);
        Assert.Same(first, fetcher.Enter());
        Assert.Empty(first.FindUnknown([new TreeFile("/b", Digest.Of(Source), 1, 0)]));

        time.Advance(TimeSpan.FromMinutes(1));
        PinnedBlobs second = fetcher.Enter();
        Assert.NotSame(first, second);
        Assert.Single(second.FindUnknown([new TreeFile("/b", Digest.Of(Source), 1, 0)]));

        first.Leave();
        Assert.Equal(1, _store.Pins);
        first.Leave();
        Assert.Equal(0, _store.Pins);
    }

    [Fact]
    public async Task A_file_that_changed_under_way_is_compiled_at_home()
    {
        await using PeerClient client = await ConnectAsync(new Compiler((_, _) => throw new InvalidOperationException("The job must not run.")));
        _blobs.Replace(Digest.Of(Source), "int other() {}"u8.ToArray());

        CompileResult result = await ExecuteAsync(client, Job);
        Assert.Equal(FailureRemedy.CompileHere, result.Failure?.Remedy);
        Assert.Equal(JobStep.Fetch, result.Failure?.Step);
    }

    [Fact]
    public async Task A_file_that_is_gone_is_compiled_at_home()
    {
        await using PeerClient client = await ConnectAsync(new Compiler((_, _) => throw new InvalidOperationException("The job must not run.")));
        _blobs.Remove(Digest.Of(Source));

        Assert.Equal(FailureRemedy.CompileHere, (await ExecuteAsync(client, Job)).Failure?.Remedy);
    }
}
