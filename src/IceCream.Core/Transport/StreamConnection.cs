namespace IceCream.Transport;

/// <summary>A connection that is a stream and two facts about its other end.</summary>
internal sealed class StreamConnection(Stream stream, string remoteName, bool isLocal) : ITransportConnection
{
    public Stream Stream { get; } = stream;

    public string RemoteName { get; } = remoteName;

    public bool IsLocal { get; } = isLocal;

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
