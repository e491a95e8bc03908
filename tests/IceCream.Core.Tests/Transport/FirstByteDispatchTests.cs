using System.Threading.Channels;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Transport;
using Xunit;

namespace IceCream.Tests.Transport;

/// <summary>The loop that accepts, where sessions are made for those who have spoken.</summary>
public sealed class FirstByteDispatchTests : IAsyncLifetime
{
    private const byte TlsRecord = 0x16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly byte[] Refusal = [1, 2, 3];

    private readonly InMemoryTransport _transport = new();
    private readonly LogBook _log = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Channel<byte[]> _heard = Channel.CreateUnbounded<byte[]>();
    private ITransportListener _listener = null!;
    private Task _running = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _listener = await _transport.ListenAsync(FarmAddress.Memory("spoken"));
        _running = new ConnectionDispatcher(_listener, ServeAsync, new ConnectionLimits(), TimeProvider.System, _log.CreateLogger(""))
        {
            AwaitsFirstByte = true,
            RefusalOf = static _ => Refusal,
        }.RunAsync(_ending.Token);
    }

    public async Task DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    [Fact]
    public async Task Who_speaks_is_served_with_all_it_said_and_who_hangs_up_is_not()
    {
        await using ITransportConnection silent = await _transport.ConnectAsync(_listener.LocalAddress), speaking = await _transport.ConnectAsync(_listener.LocalAddress);
        await speaking.Stream.WriteAsync(new byte[] { 7, 8, 9 });
        Assert.Equal([7, 8, 9], await _heard.Reader.ReadAsync().AsTask().WaitAsync(Patience));

        await silent.DisposeAsync();
        await _log.FirstAsync(static entry => entry.Event == EventIds.NoGreeting, Patience);
        Assert.False(_heard.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Who_wants_TLS_is_told_in_the_clear_and_is_not_served()
    {
        await using ITransportConnection caller = await _transport.ConnectAsync(_listener.LocalAddress);
        await caller.Stream.WriteAsync(new byte[] { TlsRecord, 3, 1 });
        byte[] expected = ClearRefusal.Frame(Refusal), told = new byte[expected.Length];
        await caller.Stream.ReadExactlyAsync(told).AsTask().WaitAsync(Patience);
        Assert.Equal(expected, told);

        await caller.DisposeAsync();
        await _log.FirstAsync(static entry => entry.Event == EventIds.NoGreeting, Patience);
        Assert.False(_heard.Reader.TryRead(out _));
    }

    private async Task ServeAsync(ITransportConnection connection, Handshake handshake)
    {
        handshake.Complete();
        byte[] said = new byte[3];
        await connection.Stream.ReadExactlyAsync(said, handshake.Token);
        _heard.Writer.TryWrite(said);
    }
}
