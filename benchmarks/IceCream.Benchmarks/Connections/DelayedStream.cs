using System.Diagnostics;
using System.Threading.Channels;

namespace IceCream.Benchmarks.Connections;

/// <summary>
/// A long wire: what is written arrives later by a constant time, and bytes follow one another without a gap, so that the delay costs time
/// and no throughput.
/// </summary>
internal sealed class DelayedStream : Stream
{
    private static readonly TimeSpan TimerSlack = TimeSpan.FromMilliseconds(1.5);

    private readonly Stream _inner;
    private readonly TimeSpan _delay;
    private readonly Channel<(long Written, byte[] Bytes)> _wire =
        Channel.CreateUnbounded<(long, byte[])>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly Task _carrying;

    public DelayedStream(Stream inner, TimeSpan delay)
    {
        _inner = inner;
        _delay = delay;
        _carrying = CarryAsync();
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inner.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _wire.Writer.WriteAsync((Stopwatch.GetTimestamp(), buffer.ToArray()), cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
        // What was written is on its way already.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        _wire.Writer.TryComplete();
        await _inner.DisposeAsync();
        await _carrying;
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _wire.Writer.TryComplete();
            _inner.Dispose();
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
