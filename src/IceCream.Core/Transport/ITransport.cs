using IceCream.Identity;
using IceCream.Jobs;

namespace IceCream.Transport;

/// <summary>A way for nodes to reach one another. It moves bytes and has never heard of a job.</summary>
public interface ITransport
{
    /// <summary>Whether the transport serves addresses of this scheme.</summary>
    bool Serves(FarmAddress address);

    /// <summary>Whether nobody can read or change what passes to and from an address, and both ends show who they are.</summary>
    /// <value>False unless a transport says otherwise.</value>
    bool Secures(FarmAddress address) => false;

    /// <summary>Connects to a listener.</summary>
    /// <exception cref="IOException">Nobody answers there, or the connection was refused: the message names the address.</exception>
    ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default);

    /// <summary>Starts to answer at an address.</summary>
    /// <exception cref="IOException">The address is taken or cannot be listened on: the message names the address.</exception>
    ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default);
}

/// <summary>An address that is being answered.</summary>
public interface ITransportListener : IAsyncDisposable
{
    /// <summary>Where it answers, with the port that was chosen when 0 was asked for.</summary>
    FarmAddress LocalAddress { get; }

    /// <summary>The next connection; null once the listener has been disposed.</summary>
    /// <exception cref="IOException">There is no descriptor or no memory for another one at the moment. Asked again later, the listener may have one: it is not broken.</exception>
    ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default);
}

/// <summary>A listener that can keep callers to itself until they have sent something, for protocols whose callers speak first.</summary>
internal interface IFirstByteListener : ITransportListener
{
    /// <summary>From now on, a connection is handed out when its caller has sent something. To be called before the first accept.</summary>
    /// <param name="limits">How many callers may be silent, and for how long.</param>
    /// <param name="dropped">Called whenever the connection that has been silent longest was closed to make room.</param>
    /// <param name="time">Measures that.</param>
    void AwaitFirstByte(ConnectionLimits limits, Action dropped, TimeProvider time);
}

/// <summary>One connection: a stream of bytes each way. Disposing it closes both ways; the other end reads the end of the stream.</summary>
public interface ITransportConnection : IAsyncDisposable
{
    /// <summary>The bytes.</summary>
    Stream Stream { get; }

    /// <summary>Who is at the other end, for people.</summary>
    string RemoteName { get; }

    /// <summary>Whether the other end is on this machine.</summary>
    bool IsLocal { get; }

    /// <summary>Who the other end has proved to be; null where the transport asks nobody.</summary>
    NodeIdentity? Identity => null;
}
