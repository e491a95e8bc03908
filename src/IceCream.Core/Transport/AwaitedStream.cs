namespace IceCream.Transport;

/// <summary>The bytes of a connection, both ways: they are awaited, and have no position. What derives from it says how bytes are read, written and flushed.</summary>
/// <param name="inner">The stream beneath, which is disposed with this one; null: there is none.</param>
internal abstract class AwaitedStream(Stream? inner) : Stream
{
    private const string Awaited = "Bytes of a connection are awaited.";

    public sealed override bool CanRead => true;

    public sealed override bool CanWrite => true;

    public sealed override bool CanSeek => false;

    public sealed override long Length => throw new NotSupportedException();

    public sealed override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    public sealed override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public abstract override Task FlushAsync(CancellationToken cancellationToken);

    public sealed override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException(Awaited);

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException(Awaited);

    public override void Flush() => throw new NotSupportedException(Awaited);

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (inner is not null)
        {
            await inner.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner?.Dispose();
        }

        base.Dispose(disposing);
    }
}
