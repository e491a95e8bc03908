using IceCream.Identity;

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

    /// <summary>Waits for the first byte.</summary>
    /// <param name="connection">The connection. Its other end is the one that speaks first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The byte, and the connection with all its bytes. Null when nobody has spoken: the other end hung up, its connection failed, or the wait was ended.</returns>
    public static async ValueTask<(byte? First, ITransportConnection Connection)> AwaitAsync(ITransportConnection connection, CancellationToken cancellationToken)
    {
        byte[] first = new byte[1];
        Task<int> read = connection.Stream.ReadAsync(first, cancellationToken).AsTask();

        // Thousands may come and go in a second, and an exception costs more than the rest of a visit.
        await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return read is { IsCompletedSuccessfully: true, Result: 1 } ? (first[0], new Replayed(connection, first)) : (null, connection);
    }

    private sealed class Replayed(ITransportConnection connection, ReadOnlyMemory<byte> first) : ITransportConnection
    {
        public Stream Stream { get; } = new PrefixedStream(connection.Stream, first);

        public string RemoteName => connection.RemoteName;

        public bool IsLocal => connection.IsLocal;

        public NodeIdentity? Identity => connection.Identity;

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}

/// <summary>A question about bytes.</summary>
internal delegate bool BytesTest(ReadOnlySpan<byte> bytes);
