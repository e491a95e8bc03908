namespace IceCream.Transport;

/// <summary>A stream of which the first bytes have been read already, and are read again. One reader and one writer at a time.</summary>
/// <param name="inner">The rest. It belongs to this one.</param>
/// <param name="head">What was read.</param>
internal sealed class PrefixedStream(Stream inner, ReadOnlyMemory<byte> head) : Stream
{
    private ReadOnlyMemory<byte> _head = head;
    private bool _isExamined;

    /// <summary>Is shown the first byte that arrives, and may throw; null: nobody looks at it.</summary>
    public Action<byte>? Examine { get; init; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Examine is not null && !_isExamined && !buffer.IsEmpty)
        {
            return ExamineAsync(buffer, Examine, cancellationToken);
        }

        if (_head.IsEmpty || buffer.IsEmpty)
        {
            return inner.ReadAsync(buffer, cancellationToken);
        }

        int taken = Math.Min(buffer.Length, _head.Length);
        _head[..taken].CopyTo(buffer);
        _head = _head[taken..];
        return ValueTask.FromResult(taken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    private async ValueTask<int> ExamineAsync(Memory<byte> buffer, Action<byte> examine, CancellationToken cancellationToken)
    {
        _isExamined = true;
        int read = await ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (read > 0)
        {
            examine(buffer.Span[0]);
        }

        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bytes of a connection are awaited.");

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bytes of a connection are awaited.");

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
