using System.Diagnostics;
using System.Threading.Channels;
using IceCream.Transport;

namespace IceCream.Benchmarks.Connections;

/// <summary>
/// A long wire: what is written arrives later by a constant time, and bytes follow one another without a gap, so that the delay costs time
/// and no throughput.
/// </summary>
internal sealed class DelayedStream : AwaitedStream
{
    private static readonly TimeSpan TimerSlack = TimeSpan.FromMilliseconds(1.5);

    private readonly Stream _inner;
    private readonly TimeSpan _delay;
    private readonly Channel<(long Written, byte[] Bytes)> _wire =
        Channel.CreateUnbounded<(long, byte[])>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly Task _carrying;

    public DelayedStream(Stream inner, TimeSpan delay)
        : base(inner)
    {
        _inner = inner;
        _delay = delay;
        _carrying = CarryAsync();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inner.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _wire.Writer.WriteAsync((Stopwatch.GetTimestamp(), buffer.ToArray()), cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
        // What was written is on its way already.
    }

    public override async ValueTask DisposeAsync()
    {
        _wire.Writer.TryComplete();
        await base.DisposeAsync();
        await _carrying;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _wire.Writer.TryComplete();
        }

        base.Dispose(disposing);
    }

    private async Task CarryAsync()
    {
        try
        {
            await foreach ((long written, byte[] bytes) in _wire.Reader.ReadAllAsync())
            {
                await WaitAsync(written);
                await _inner.WriteAsync(bytes);
                await _inner.FlushAsync();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection was closed with bytes under way: they are lost, as on a real wire.
        }
    }

    private async ValueTask WaitAsync(long written)
    {
        TimeSpan left = _delay - Stopwatch.GetElapsedTime(written);
        if (left > TimerSlack)
        {
            await Task.Delay(left - TimerSlack);
        }

        // A timer is late by a millisecond: the last stretch is waited for with an eye on the clock.
        while (Stopwatch.GetElapsedTime(written) < _delay)
        {
            await Task.Yield();
        }
    }
}
