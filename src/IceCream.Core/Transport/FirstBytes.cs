namespace IceCream.Transport;

/// <summary>How a connection begins, seen without taking it from whoever serves it: protocols that share a port are told apart by it.</summary>
internal static class FirstBytes
{
    /// <summary>Reads until it is clear whether a connection is of a kind.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="size">How many bytes tell at most.</param>
    /// <param name="canBegin">Whether one that begins with these bytes can be of the kind.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it is, and the connection with all its bytes: the one that was given belongs to it.</returns>
    public static async ValueTask<(bool IsOfKind, ITransportConnection Connection)> LookAsync(
        ITransportConnection connection, int size, BytesTest canBegin, CancellationToken cancellationToken)
    {
        byte[] first = new byte[size];
        int read = 0;
        bool isOfKind = true;
        while (isOfKind && read < size)
        {
            int more = await connection.Stream.ReadAsync(first.AsMemory(read), cancellationToken).ConfigureAwait(false);
            read += more;
            isOfKind = more > 0 && canBegin(first.AsSpan(0, read));
        }

        return (isOfKind, new Replayed(connection, first.AsMemory(0, read)));
    }

    private sealed class Replayed(ITransportConnection connection, ReadOnlyMemory<byte> first) : ITransportConnection
    {
        public Stream Stream { get; } = new ReplayStream(connection.Stream, first);

        public string RemoteName => connection.RemoteName;

        public bool IsLocal => connection.IsLocal;

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }

    /// <summary>A stream whose first bytes have been read already.</summary>
    private sealed class ReplayStream(Stream inner, ReadOnlyMemory<byte> first) : Stream
    {
        private ReadOnlyMemory<byte> _first = first;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _first.IsEmpty ? inner.ReadAsync(buffer, cancellationToken) : ValueTask.FromResult(Replay(buffer.Span));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => _first.IsEmpty ? inner.Read(buffer, offset, count) : Replay(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            inner.WriteAsync(buffer, offset, count, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => inner.Flush();

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

        private int Replay(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _first.Length);
            _first.Span[..count].CopyTo(buffer);
            _first = _first[count..];
            return count;
        }
    }
}

/// <summary>A question about bytes.</summary>
internal delegate bool BytesTest(ReadOnlySpan<byte> bytes);
