using System.Threading.Channels;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Sessions;
using IceCream.Storage;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Sessions;

/// <summary>An agent that wants more than the one slot of its lease.</summary>
public sealed class LeaseTurnsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LeaseTurns _turns = new();

    [Fact]
    public async Task The_second_waits_for_the_first_and_others_do_not()
    {
        IDisposable first = await _turns.EnterAsync(7, "ada@desk", default);
        Task<IDisposable> second = _turns.EnterAsync(7, "ada@desk", default).AsTask();
        using (await _turns.EnterAsync(8, "ada@desk", default).AsTask().WaitAsync(Patience))
        using (await _turns.EnterAsync(7, "bob@desk", default).AsTask().WaitAsync(Patience))
        {
            Assert.False(second.IsCompleted);
            Assert.Equal(3, _turns.Count);
        }

        first.Dispose();
        first.Dispose();
        (await second.WaitAsync(Patience)).Dispose();
        Assert.Equal(0, _turns.Count);
    }

    [Fact]
    public async Task Who_leaves_the_line_holds_up_nobody()
    {
        using var leaving = new CancellationTokenSource();
        IDisposable first = await _turns.EnterAsync(7, "ada@desk", default);
        Task<IDisposable> second = _turns.EnterAsync(7, "ada@desk", leaving.Token).AsTask(), third = _turns.EnterAsync(7, "ada@desk", default).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        first.Dispose();
        (await third.WaitAsync(Patience)).Dispose();
        Assert.Equal(0, _turns.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lease_is_one_slot_and_without_turns_it_is_as_many_as_somebody_takes(bool takesTurns)
    {
        var transport = new InMemoryTransport();
        var compiler = new Compiler();
        var host = new PeerHost("farm", "blade", new MemoryBlobStore(), compiler, static _ => null, TimeProvider.System);
        host = takesTurns ? host with { Enter = async (capability, left) => await _turns.EnterAsync(capability.Span[0], "desk", left) } : host;
        using var ending = new CancellationTokenSource();
        await using ITransportListener listener = await transport.ListenAsync(FarmAddress.Memory("blade"));
        Task<ITransportConnection?> accepting = listener.AcceptAsync().AsTask();
        await using var agent = new MultiplexedConnection(await transport.ConnectAsync(listener.LocalAddress));
        Task session = new PeerSession(new MultiplexedConnection((await accepting)!), host, NullLogger<PeerSession>.Instance).RunAsync(static () => { }, ending.Token);
        await SayAsync(agent.Control, new PeerHello(PeerMessage.Version, "farm", "desk", new byte[] { 1 }));
        Assert.IsType<PeerWelcome>(PeerMessage.Decode((await agent.Control.ReceiveAsync().AsTask().WaitAsync(Patience))!.Value));

        var entries = new EntryEncoder();
        await OfferAsync(agent, entries, lease: 1);
        TaskCompletionSource first = await compiler.BegunAsync();
        await OfferAsync(agent, entries, lease: 1);
        if (takesTurns)
        {
            await OfferAsync(agent, entries, lease: 2);
            await compiler.BegunAsync();
            Assert.Equal(2, compiler.Begun);
            first.SetResult();
        }

        await compiler.BegunAsync();
        await ending.CancelAsync();
        await session.WaitAsync(Patience);
        Assert.Equal(0, _turns.Count);
    }

    private static Task SayAsync(FramedChannel channel, PeerMessage message) =>
        channel.SendAsync(message, static (said, output) => said.Encode(output)).AsTask();

    private static async Task OfferAsync(MultiplexedConnection agent, EntryEncoder entries, byte lease)
    {
        var job = new CompileJob
        {
            CommandLine = ["/cc", "-c", "a.c"],
            Compiler = "/cc",
            WorkingDirectory = "/src",
            Toolchain = Digest.Of("tools"u8),
            Inputs = new FileTree { Files = [new TreeFile("/src/a.c", Digest.Of("source"u8), 6, 0)] },
        };
        byte[] capability = [lease];
        JobOffer? offer = entries.TryOffer(capability, job);
        if (offer is null)
        {
            await agent.Control.SendAsync(job, (introduced, output) => offer = entries.Introduce(capability, introduced, output));
        }

        await SayAsync(await agent.OpenAsync(), offer!);
    }

    private sealed class Compiler : IJobExecutor
    {
        private readonly Channel<TaskCompletionSource> _begun = Channel.CreateUnbounded<TaskCompletionSource>();
        private int _count;

        /// <summary>How many jobs have begun.</summary>
        public int Begun => Volatile.Read(ref _count);

        /// <summary>The next job that begins, which ends when this is completed.</summary>
        public Task<TaskCompletionSource> BegunAsync() => _begun.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Increment(ref _count);
            _begun.Writer.TryWrite(ended);
            await ended.Task.WaitAsync(cancellationToken);
            return new CompileResult { Place = JobPlace.Remote };
        }
    }
}
