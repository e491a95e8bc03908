using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Nerdbank.Streams;

namespace IceCream.Transport;

/// <summary>Writes a message's bytes.</summary>
internal delegate void FrameEncoder<in T>(T message, IBufferWriter<byte> output);

/// <summary>
/// Frames over bytes: four bytes of length, little endian, then that many bytes. Any number of senders, one receiver. Memory is
/// held only for bytes that have arrived, and never for more than one frame of the permitted length and what the pipe itself buffers.
/// </summary>
internal sealed class FramedChannel : IAsyncDisposable
{
    private const int HeaderBytes = sizeof(int);

    /// <summary>How many bytes of frames leave although others follow.</summary>
    private const int GatheredBytes = 64 << 10;

    private readonly IDuplexPipe _pipe;
    private readonly int _frameLimit;
    private readonly Action? _abort;
    private readonly Task<string>? _closed;
    private readonly HeldBytes? _held;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Sequence<byte> _encoded = new(ArrayPool<byte>.Shared) { MinimumSpanLength = 4096 };
    private SequencePosition? _unreleased;
    private long _holding;
    private bool _completed;
    private long _gathered;

    /// <param name="pipe">The bytes. The channel completes both its ends.</param>
    /// <param name="frameLimit">The longest frame that may be sent or received, in bytes without its header.</param>
    /// <param name="abort">Ends the pipe at once, dropping what it holds; null when there is no such way.</param>
    /// <param name="closed">Completes with the reason when what carries the pipe has ended: a pipe alone would take bytes that go nowhere.</param>
    /// <param name="held">Counts the memory of frames that are on their way or being read; null: nobody does.</param>
    public FramedChannel(IDuplexPipe pipe, int frameLimit, Action? abort = null, Task<string>? closed = null, HeldBytes? held = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frameLimit);
        _pipe = pipe;
        _frameLimit = frameLimit;
        _abort = abort;
        _closed = closed;
        _held = held;
        ReceiveLimit = frameLimit;
    }

    /// <summary>The longest frame that may be received from now on, where that is less than what may be sent. Set by whoever receives.</summary>
    public int ReceiveLimit { get; set; }

    /// <summary>
    /// The next frame; null at the end. A connection that is lost between two frames ends its channels in the same way.
    /// The bytes are valid until the next call.
    /// </summary>
    /// <exception cref="TransportException">A frame is longer than permitted, or the bytes end within one.</exception>
    public async ValueTask<ReadOnlySequence<byte>?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (_unreleased is { } end)
        {
            _unreleased = null;
            _pipe.Input.AdvanceTo(end);
            Hold(0);
        }

        while (true)
        {
            ReadResult result = await ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (result.IsCanceled)
            {
                _pipe.Input.AdvanceTo(buffer.Start, buffer.End);
                throw new OperationCanceledException("The pending read was cancelled.");
            }

            if (buffer.Length >= HeaderBytes)
            {
                uint length = ReadLength(buffer);
                if (length > (uint)ReceiveLimit)
                {
                    _pipe.Input.AdvanceTo(buffer.Start, buffer.End);
                    throw TooLong(length);
                }

                bool isWhole = buffer.Length - HeaderBytes >= length;
                if (!Hold(Math.Min(buffer.Length, HeaderBytes + length)))
                {
                    _pipe.Input.AdvanceTo(buffer.Start, buffer.End);
                    throw new TransportException("The channels of the connection hold more than is permitted.");
                }

                if (isWhole)
                {
                    ReadOnlySequence<byte> frame = buffer.Slice(HeaderBytes, length);
                    _unreleased = frame.End;
                    return frame;
                }
            }

            bool isEmpty = buffer.IsEmpty;
            _pipe.Input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return isEmpty ? null : throw new TransportException("The bytes end within a frame.");
            }
        }
    }

    /// <summary>Waits for bytes, and removes all whole frames that have arrived. Not to be used where frames are received.</summary>
    /// <returns>False when the other end will send no more.</returns>
    /// <exception cref="TransportException">A frame is longer than is permitted.</exception>
    public async ValueTask<bool> DiscardAsync(CancellationToken cancellationToken = default)
    {
        ReadResult result = await ReadAsync(cancellationToken).ConfigureAwait(false);
        ReadOnlySequence<byte> rest = result.Buffer;
        while (rest.Length >= HeaderBytes)
        {
            uint length = ReadLength(rest);
            if (length > (uint)ReceiveLimit)
            {
                _pipe.Input.AdvanceTo(rest.Start, rest.End);
                throw TooLong(length);
            }

            if (rest.Length - HeaderBytes < length)
            {
                break;
            }

            rest = rest.Slice(HeaderBytes + (long)length);
        }

        _pipe.Input.AdvanceTo(rest.Start, rest.End);
        return !result.IsCompleted && !result.IsCanceled;
    }

    /// <summary>Sends a message as one frame. A send that is cancelled while it waits for room has been sent all the same.</summary>
    /// <exception cref="TransportException">The frame is longer than permitted, or the other end no longer reads.</exception>
    public ValueTask SendAsync<T>(T message, FrameEncoder<T> encode, CancellationToken cancellationToken = default) =>
        SendAsync(message, encode, isFollowed: false, cancellationToken);

    /// <summary>The same for a frame that others may follow at once: it may leave with them, because each departure wakes both ends. The last is not followed.</summary>
    public ValueTask SendAsync<T>(T message, FrameEncoder<T> encode, bool isFollowed, CancellationToken cancellationToken) =>
        SendAsync(message, encode, default, isFollowed, cancellationToken);

    /// <summary>Sends bytes as one frame, in the same way.</summary>
    /// <exception cref="TransportException">The frame is longer than permitted, or the other end no longer reads.</exception>
    public ValueTask SendBytesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default) => SendBytesAsync(bytes, isFollowed: false, cancellationToken);

    /// <summary>The same for a frame that others may follow at once.</summary>
    public ValueTask SendBytesAsync(ReadOnlyMemory<byte> bytes, bool isFollowed, CancellationToken cancellationToken) =>
        SendAsync<object?>(null, null, bytes, isFollowed, cancellationToken);

    /// <summary>Says that nothing more will be sent: the other end receives what was sent, then null. Receiving goes on.</summary>
    public async ValueTask CompleteAsync()
    {
        await _sending.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_completed)
            {
                _completed = true;
                await _pipe.Output.CompleteAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Ends both ways at once. What was sent and has not arrived may be lost.</summary>
    public void Abort()
    {
        _abort?.Invoke();
        _pipe.Output.CancelPendingFlush();
        _pipe.Input.CancelPendingRead();
    }

    /// <summary>Ends both ways; what was sent still arrives. No receive may be pending.</summary>
    public async ValueTask DisposeAsync()
    {
        await CompleteAsync().ConfigureAwait(false);
        _unreleased = null;
        await _pipe.Input.CompleteAsync().ConfigureAwait(false);
        Hold(0);
    }

    /// <summary>Counts what the frame that is received takes.</summary>
    private bool Hold(long bytes)
    {
        long by = bytes - _holding;
        _holding = bytes;
        return _held?.TryChange(by) ?? true;
    }

    private TransportException TooLong(uint length) => new($"A frame claims {length} bytes; {ReceiveLimit} are permitted.");

    private static uint ReadLength(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        buffer.Slice(0, HeaderBytes).CopyTo(header);
        return BinaryPrimitives.ReadUInt32LittleEndian(header);
    }

    private async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _pipe.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException e)
        {
            throw new TransportException("The channel is closed.", e);
        }
    }

    private async ValueTask SendAsync<T>(T message, FrameEncoder<T>? encode, ReadOnlyMemory<byte> bytes, bool isFollowed, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Encoded aside, so that an encoder that throws leaves no half of a frame behind.
            encode?.Invoke(message, _encoded);
            await WriteFrameAsync(encode is null ? new ReadOnlySequence<byte>(bytes) : _encoded.AsReadOnlySequence, isFollowed, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _encoded.Reset();
            _sending.Release();
        }
    }

    private async ValueTask WriteFrameAsync(ReadOnlySequence<byte> bytes, bool isFollowed, CancellationToken cancellationToken)
    {
        if (bytes.Length > _frameLimit)
        {
            throw new TransportException($"A frame of {bytes.Length} bytes cannot be sent; {_frameLimit} are permitted.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (_completed)
        {
            throw new TransportException("The channel is closed.");
        }

        if (_closed is { IsCompleted: true } closed)
        {
            throw new TransportException($"The connection has ended: {await closed.ConfigureAwait(false)}");
        }

        try
        {
            BinaryPrimitives.WriteInt32LittleEndian(_pipe.Output.GetSpan(HeaderBytes), (int)bytes.Length);
            _pipe.Output.Advance(HeaderBytes);
            foreach (ReadOnlyMemory<byte> part in bytes)
            {
                _pipe.Output.Write(part.Span);
            }
        }
        catch (InvalidOperationException e)
        {
            throw Closed(e);
        }

        _gathered += HeaderBytes + bytes.Length;
        if (!isFollowed || _gathered >= GatheredBytes)
        {
            await FlushOutputAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask FlushOutputAsync(CancellationToken cancellationToken)
    {
        _gathered = 0;
        FlushResult result;
        try
        {
            result = await _pipe.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException e)
        {
            throw Closed(e);
        }

        if (result.IsCompleted)
        {
            throw new TransportException("The other end no longer reads.");
        }
    }

    /// <summary>How a pipe says that the connection beneath it has ended.</summary>
    private static TransportException Closed(InvalidOperationException e) => new("The channel is closed.", e);
}
