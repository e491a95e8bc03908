using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Storage;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Sessions;

/// <summary>The peer protocol seen from an agent whose worker is an enemy, or is broken: nothing of it is believed, and nothing waits for it for ever.</summary>
public sealed class UntrustedWorkerTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] Source = new byte[16 << 20];
    private static readonly Digest SourceDigest = Digest.Of(Source);

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private readonly InMemoryTransport _transport = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<IAsyncDisposable> _ends = [];
    private readonly TaskCompletionSource _offered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CompileJob Job => new()
    {
        CommandLine = ["/cc", "-c", "a.c"],
        Compiler = "/cc",
        WorkingDirectory = "/src",
        Toolchain = Digest.Of("tools"u8),
        Inputs = new FileTree { Files = [new TreeFile("/src/a.c", SourceDigest, Source.Length, 0)] },
        Outputs = [new JobOutput("/src/a.o", true), new JobOutput("/src/a.d", false)],
    };

    public static TheoryData<string> Lies => [.. Answers.Keys];

    private static Dictionary<string, (CompileResult Answer, string Objection)> Answers => new()
    {
        ["a file anywhere"] = (Done(File("/src/a.o"), File("/etc/passwd")), "'/etc/passwd'"),
        ["a file up and down"] = (Done(File("/src/a.o"), File("/src/../etc/passwd")), "/src/../etc/passwd"),
        ["a file by a relative path"] = (Done(File("/src/a.o"), File("a.d")), "'a.d'"),
        ["an output from behind a link"] = (Done(File("/src/a.o"), File("/src/link/a.d")), "'/src/link/a.d'"),
        ["a source"] = (Done(File("/src/a.o"), File("/src/a.c")), "'/src/a.c'"),
        ["an output twice"] = (Done(File("/src/a.o"), File("/src/a.o")), "has sent it before"),
        ["a program of its owner's"] = (Done(File("/src/a.o", 0b100_111_101_101)), "4755"),
        ["a source deleted"] = (Done(File("/src/a.o")) with { Removed = ["/src/a.c"] }, "'/src/a.c'"),
        ["an output deleted that was not there"] = (Done(File("/src/a.o")) with { Removed = ["/src/a.d"] }, "'/src/a.d'"),
        ["an output sent and deleted"] = (Done(File("/src/a.o")) with { Removed = ["/src/a.o"] }, "'/src/a.o'"),
        ["an output deleted twice"] = (Done() with { ExitCode = 1, Removed = ["/src/a.o", "/src/a.o"] }, "'/src/a.o'"),
        ["success without an object"] = (Done(File("/src/a.d")), "'/src/a.o'"),
        ["more than travels"] = (Done(File("/src/a.o") with { Content = new Endless() }, File("/src/a.d") with { Content = new Endless() }), $"{WireLimits.Outputs} are allowed"),
        ["a failure that gives up"] = (CompileResult.Failed(new JobFailure(FailedParty.Worker, JobStep.Slot, FailureRemedy.GiveUp, "Go away.")), "another's name"),
        ["a failure of the agent's"] = (CompileResult.Failed(new JobFailure(FailedParty.Origin, JobStep.Read, FailureRemedy.CompileHere, "You.")), "another's name"),
    };

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable end in _ends)
        {
            await end.DisposeAsync().AsTask().WaitAsync(Patience);
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task An_answer_that_the_job_did_not_ask_for_is_thrown_away(string lie)
    {
        (CompileResult answer, string objection) = Answers[lie];
        CompileResult result = await ExecuteAsync(channel => SayAsync(channel, JobDone.Of(answer))).WaitAsync(Patience);

        RequireBlame(result);
        Assert.Contains(objection, result.Failure!.Message, StringComparison.Ordinal);
        Assert.Empty(result.Outputs);
        Assert.Empty(result.Removed);
    }

    [Fact]
    public async Task A_worker_that_lives_and_never_answers_is_left()
    {
        var offered = new TaskCompletionSource();
        Task<CompileResult> job = ExecuteAsync(_ =>
        {
            offered.SetResult();
            return Task.CompletedTask;
        });
        await offered.Task.WaitAsync(Patience);
        Assert.False(job.IsCompleted);
        _time.Advance(PeerExchange.LongestWait);

        RequireBlame(await job.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_worker_that_asks_again_for_what_it_was_sent_is_left()
    {
        CompileResult result = await ExecuteAsync(async channel =>
        {
            await SayAsync(channel, new MissingBlobs([SourceDigest]));
            await HearBlobAsync(channel);
            await SayAsync(channel, new MissingBlobs([SourceDigest]));
        }).WaitAsync(Patience);

        RequireBlame(result);
        Assert.Contains("asks again", result.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_asks_on_after_a_file_was_gone_is_left()
    {
        CompileResult result = await ExecuteAsync(async channel =>
        {
            await SayAsync(channel, new MissingBlobs([Digest.Of("never heard of"u8)]));
            await channel.ReceiveAsync();
            await SayAsync(channel, new MissingBlobs([SourceDigest]));
        }).WaitAsync(Patience);

        RequireBlame(result);
    }

    [Fact]
    public async Task A_worker_that_does_not_take_what_it_asked_for_is_left()
    {
        // More than the channel holds, so that the agent waits for somebody to read.
        Task<CompileResult> job = ExecuteAsync(channel => SayAsync(channel, new MissingBlobs([SourceDigest])));
        RequireBlame(await AsTimePassesAsync(job));
    }

    [Fact]
    public async Task A_worker_that_does_not_send_what_it_announced_is_left()
    {
        Task<CompileResult> job = ExecuteAsync(channel => SayAsync(channel, JobDone.Of(Done(File("/src/a.o")))));
        CompileResult result = await AsTimePassesAsync(job);

        RequireBlame(result);
        Assert.Equal(JobStep.Receive, result.Failure!.Step);
    }

    [Fact]
    public async Task Large_outputs_do_not_lie_in_memory_and_leave_nothing_behind()
    {
        byte[] large = new byte[5 << 20];
        new Random(1).NextBytes(large);
        CompileResult result = await ExecuteAsync(async channel =>
        {
            await SayAsync(channel, JobDone.Of(Done(new OutputFile("/src/a.o", 420, OutputContent.Of(large)))));
            foreach (byte[] part in large.Chunk(WireLimits.BlobFrame))
            {
                await channel.SendBytesAsync(part);
            }
        }).WaitAsync(Patience);

        Assert.Null(result.Failure);
        OutputContent content = Assert.IsType<FileContent>(Assert.Single(result.Outputs).Content);
        Assert.Equal(large, content.ToArray());
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        result.Discard();
    }

    [Fact]
    public async Task A_disk_that_holds_no_output_sends_the_job_home()
    {
        Directory.Delete(_folder);
        await System.IO.File.WriteAllTextAsync(_folder, "no folder");
        CompileResult result = await ExecuteAsync(channel => SayAsync(channel, JobDone.Of(Done(new OutputFile("/src/a.o", 420, OutputContent.Of(new byte[2 << 20]))))))
            .WaitAsync(Patience);
        System.IO.File.Delete(_folder);
        Directory.CreateDirectory(_folder);

        Assert.Equal((FailedParty.Origin, FailureRemedy.CompileHere), (result.Failure!.Party, result.Failure.Remedy));
    }

    private static void RequireBlame(CompileResult result)
    {
        Assert.Equal((FailedParty.Worker, FailureRemedy.AnotherWorker), (result.Failure?.Party, result.Failure?.Remedy));
        Assert.Contains("'blade'", result.Failure!.Message, StringComparison.Ordinal);
    }

    private static OutputFile File(string path, int mode = 0b110_100_100) => new(path, mode, OutputContent.Of("x"u8.ToArray()));

    private static CompileResult Done(params OutputFile[] files) => new() { Place = JobPlace.Remote, Outputs = [.. files] };

    private static Task SayAsync(FramedChannel channel, PeerMessage message) =>
        channel.SendAsync(message, static (said, output) => said.Encode(output)).AsTask();

    private static async Task HearBlobAsync(FramedChannel channel)
    {
        var head = (BlobHead)PeerMessage.Decode((await channel.ReceiveAsync())!.Value);
        for (long left = head.Length; left > 0; left -= (await channel.ReceiveAsync())!.Value.Length)
        {
        }
    }

    /// <summary>However late a wait begins, its deadline passes: time goes on until the job has ended.</summary>
    private async Task<CompileResult> AsTimePassesAsync(Task<CompileResult> job)
    {
        using var tooLong = new CancellationTokenSource(Patience);

        // Whoever has not been offered the job has nothing to be late with.
        await Task.WhenAny(_offered.Task, job).WaitAsync(tooLong.Token);
        while (!job.IsCompleted)
        {
            tooLong.Token.ThrowIfCancellationRequested();
            _time.Advance(TransferDeadline.Grace);
            await Task.Yield();
        }

        return await job;
    }

    /// <summary>Has the job done by a worker that welcomes, hears the offer, and then does this.</summary>
    private async Task<CompileResult> ExecuteAsync(Func<FramedChannel, Task> worker)
    {
        await using ITransportListener listener = await _transport.ListenAsync(FarmAddress.Memory("blade"));
        Task<ITransportConnection?> accepting = listener.AcceptAsync().AsTask();
        var near = new MultiplexedConnection(await _transport.ConnectAsync(listener.LocalAddress));
        var far = new MultiplexedConnection((await accepting)!);
        _ends.AddRange([near, far]);
        Task welcoming = SayAsync(far.Control, new PeerWelcome(PeerMessage.Version, "blade"));
        var lease = new SlotLease(1, "blade", FarmAddress.Memory("blade"), DateTimeOffset.MaxValue, "good"u8.ToArray());
        PeerClient client = await PeerClient.GreetAsync(near, "farm", "desk", lease, new Spool(_folder), _time, default);
        await welcoming;
        Task<CompileResult> job = client.ExecuteAsync(lease, Job, new Blobs(), default).AsTask();
        FramedChannel channel = (await far.AcceptAsync())!;
        Assert.NotNull(await channel.ReceiveAsync());
        _offered.SetResult();
        await worker(channel);
        return await job;
    }

    private sealed class Blobs : IBlobSource
    {
        public Stream? Open(Digest digest) => digest == SourceDigest ? new MemoryStream(Source, writable: false) : null;
    }

    /// <summary>As long as one output may be.</summary>
    private sealed class Endless : OutputContent
    {
        public override long Length => WireLimits.Outputs;

        public override int Read(long offset, Span<byte> into) => throw new InvalidOperationException("Nobody may want it.");
    }
}
