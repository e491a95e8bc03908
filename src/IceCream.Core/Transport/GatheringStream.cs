using System.Buffers;

namespace IceCream.Transport;

/// <summary>
/// A stream that speaks to the kernel in large pieces: what is written leaves at a flush, or when a piece is full, and while bytes arrive
/// faster than they are read, they are read ahead. A stream at rest holds no buffer for writing, and none for reading unless bytes flowed
/// last. One reader and one writer at a time. The multiplexer writes frames of 20 KiB: a call into the kernel for each would cost more than the bytes.
/// </summary>
/// <param name="inner">The stream beneath. It belongs to this one.</param>
/// <param name="time">Measures how long a piece takes to leave, and how long nothing arrives.</param>
internal sealed class GatheringStream(Stream inner, TimeProvider time) : AwaitedStream(inner)
{
    private const long Idle = -1;

    private const int PieceBytes = 128 << 10;

    private readonly Stream _inner = inner;
    private byte[]? _unsent;
    private int _unsentBytes;
    private byte[]? _ahead;
    private int _aheadStart, _aheadEnd;
    private bool _inFlow;
    private long _sendingSince = Idle;
    private long _heard = time.GetTimestamp();

    /// <summary>For how long the other end has not taken the piece that is being sent.</summary>
    public TimeSpan Stalled => Interlocked.Read(ref _sendingSince) is var since and not Idle ? time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>How long nothing has arrived.</summary>
    public TimeSpan SilentFor => time.GetElapsedTime(Volatile.Read(ref _heard));

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            _unsent ??= ArrayPool<byte>.Shared.Rent(PieceBytes);
            int taken = Math.Min(buffer.Length, _unsent.Length - _unsentBytes);
            buffer.Span[..taken].CopyTo(_unsent.AsSpan(_unsentBytes));
            buffer = buffer[taken..];
            _unsentBytes += taken;
            if (_unsentBytes == _unsent.Length)
            {
                await SendAsync(_unsent, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_unsent is { } piece)
        {
            if (_unsentBytes > 0)
            {
                await SendAsync(piece, cancellationToken).ConfigureAwait(false);
            }

            _unsent = null;
            ArrayPool<byte>.Shared.Return(piece);
        }

        await _inner.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ahead is null)
        {
            if (!_inFlow || buffer.Length >= PieceBytes)
            {
                int direct = await ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
                // A read that fills its buffer has probably left something behind.
                _inFlow = direct > 0 && direct == buffer.Length;
                return direct;
            }

            byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
            try
            {
                _aheadEnd = await ReceiveAsync(piece, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                ArrayPool<byte>.Shared.Return(piece);
                throw;
            }

            _aheadStart = 0;
            _ahead = piece;
            _inFlow = _aheadEnd > buffer.Length;
        }

        int read = Math.Min(buffer.Length, _aheadEnd - _aheadStart);
        _ahead.AsSpan(_aheadStart, read).CopyTo(buffer.Span);
        _aheadStart += read;
        if (_aheadStart == _aheadEnd)
        {
            ArrayPool<byte>.Shared.Return(_ahead);
            _ahead = null;
        }

        return read;
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read = await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _heard, time.GetTimestamp());
        return read;
    }

    private async ValueTask SendAsync(byte[] piece, CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref _sendingSince, time.GetTimestamp());
        await _inner.WriteAsync(piece.AsMemory(0, _unsentBytes), cancellationToken).ConfigureAwait(false);
        Interlocked.Exchange(ref _sendingSince, Idle);
        _unsentBytes = 0;
    }
}
