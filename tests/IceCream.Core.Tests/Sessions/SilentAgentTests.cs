using IceCream.Clients;
using IceCream.Execution;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using IceCream.Sessions;
using IceCream.Storage;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Sessions;

/// <summary>The peer protocol seen from a worker whose agents claim to bring what others wait for too, and do not.</summary>
public sealed class SilentAgentTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] Source = "int main() {}"u8.ToArray();
    private static readonly byte[] Tools = FileTreeCodec.Encode(FileTree.Empty);

    private readonly InMemoryTransport _transport = new();
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryBlobStore _store = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _sessions = [];
    private readonly PeerHost _host;

    public SilentAgentTests() => _host = new PeerHost(
        "farm", "blade", _store, new FetchExecutor(new Compiler(), _store, new BlobFetcher(_store, _time), "blade", _time), _ => null, _time);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_sessions).WaitAsync(Patience);
        _ending.Dispose();
    }

    [Fact]
    public async Task What_one_agent_does_not_send_is_asked_of_the_next()
    {
        await using MultiplexedConnection silent = await DialAsync(), honest = await DialAsync();
        FramedChannel first = await OfferAsync(silent);
        Digest[] asked = await AskedAsync(first);
        FramedChannel second = await OfferAsync(honest);
        Task<PeerMessage> waiting = HearAsync(second);
        Assert.False(waiting.IsCompleted);
        _time.Advance(TransferDeadline.Grace + TimeSpan.FromSeconds(1));

        Assert.Equal(asked.AsEnumerable(), Assert.IsType<MissingBlobs>(await waiting.WaitAsync(Patience)).Digests);
        foreach (Digest digest in asked)
        {
            byte[] content = digest == Digest.Of(Source) ? Source : Tools;
            await SayAsync(second, new BlobHead(digest, content.Length));
            await second.SendBytesAsync(content);
        }

        Assert.Null(Assert.IsType<JobDone>(await HearAsync(second).WaitAsync(Patience)).Head.Result.Failure);
        Assert.Null(await first.ReceiveAsync().AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task Whoever_has_waited_in_vain_need_not_wait_again()
    {
        var fetcher = new BlobFetcher(_store, _time);
        Digest one = Digest.Of("one"u8), two = Digest.Of("two"u8);
        BlobClaims first = fetcher.Claim([one], insist: false), second = fetcher.Claim([one, two], insist: false), third = fetcher.Claim([one, two], insist: true);
        Assert.Equal([one], first.Mine.ToArray());
        Assert.Equal([two], second.Mine.ToArray());
        Assert.Equal([one, two], third.Mine.ToArray());
        Assert.True(third.Others.IsCompleted);

        // It leaves the claims of the others as they are.
        third.Dispose();
        Assert.Empty(fetcher.Claim([one, two], insist: false).Mine);
        Assert.False(second.Others.IsCompleted);
        first.Dispose();
        await second.Others.WaitAsync(Patience);
        Assert.Equal([one], fetcher.Claim([one, two], insist: false).Mine.ToArray());
    }

    [Fact]
    public void Bytes_give_time_and_few_bytes_give_little()
    {
        using var deadline = new TransferDeadline(_time, default);
        _time.Advance(TimeSpan.FromSeconds(50));
        deadline.Moved(1 << 20);
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.False(deadline.Token.IsCancellationRequested);
        deadline.Moved(1);
        _time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(deadline.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(deadline.Token.IsCancellationRequested);
    }

    private static Task SayAsync(FramedChannel channel, PeerMessage message) =>
        channel.SendAsync(message, static (said, output) => said.Encode(output)).AsTask();

    private static async Task<PeerMessage> HearAsync(FramedChannel channel) => PeerMessage.Decode((await channel.ReceiveAsync())!.Value);

    private static async Task<Digest[]> AskedAsync(FramedChannel channel) =>
        [.. Assert.IsType<MissingBlobs>(await HearAsync(channel).WaitAsync(Patience)).Digests];

    private static async Task<FramedChannel> OfferAsync(MultiplexedConnection agent)
    {
        var job = new CompileJob
        {
            CommandLine = ["/cc", "-c", "a.c"],
            Compiler = "/cc",
            WorkingDirectory = "/src",
            Toolchain = Digest.Of(Tools),
            Inputs = new FileTree { Files = [new TreeFile("/src/a.c", Digest.Of(Source), Source.Length, 0)] },
        };
        var entries = new EntryEncoder();
        JobOffer? offer = null;
        await agent.Control.SendAsync(job, (introduced, output) => offer = entries.Introduce(default, introduced, output));
        FramedChannel channel = await agent.OpenAsync();
        await SayAsync(channel, offer!);
        return channel;
    }

    private async Task<MultiplexedConnection> DialAsync()
    {
        await using ITransportListener listener = await _transport.ListenAsync(FarmAddress.Memory("blade"));
        Task<ITransportConnection?> accepting = listener.AcceptAsync().AsTask();
        var near = new MultiplexedConnection(await _transport.ConnectAsync(listener.LocalAddress));
        _sessions.Add(new PeerSession(new MultiplexedConnection((await accepting)!), _host, NullLogger<PeerSession>.Instance).RunAsync(static () => { }, _ending.Token));
        await SayAsync(near.Control, new PeerHello(PeerMessage.Version, "farm", "desk", "good"u8.ToArray()));
        Assert.IsType<PeerWelcome>(await HearAsync(near.Control).WaitAsync(Patience));
        return near;
    }

    private sealed class Compiler : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new CompileResult { Place = JobPlace.Remote });
    }
}
