using System.Net;
using System.Net.Sockets;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Transport;

/// <summary>
/// TCP in the clear as long as nobody has joined a farm or allowed more: within this machine only, and with parts of a farm that are this user's or the
/// system's own. Who runs as the system's serves everybody here.
/// </summary>
/// <param name="inner">What is beneath.</param>
internal sealed class ThisMachineTransport(ITransport inner) : ITransport
{
    private const string Remedy = "To speak to it, join its farm by --join-file, or allow speaking in the clear by --insecure or ICECREAM_INSECURE=1, at both ends.";

    private readonly uint _self = Linux.EffectiveUser();

    public bool Serves(FarmAddress address) => inner.Serves(address);

    public bool Secures(FarmAddress address) => inner.Secures(address);

    public async ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default)
    {
        ITransportConnection connection = await inner.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
        uint? owner = address.Scheme == "tcp" ? OwnerOf(connection) : _self;
        if (LoopbackOwner.IsTrusted(owner, _self))
        {
            return connection;
        }

        await connection.DisposeAsync().ConfigureAwait(false);
        throw new TransportException(
            $"{address} is not believed: it is {(owner is { } user ? $"the process of user {user}" : "not of this machine")}. {Remedy}");
    }

    public async ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default)
    {
        ITransportListener listener = await inner.ListenAsync(address, cancellationToken).ConfigureAwait(false);
        return address.Scheme == "tcp" && !LoopbackOwner.IsTrusted(_self, uint.MaxValue) ? new Listener(listener, _self) : listener;
    }

    private static uint? OwnerOf(ITransportConnection connection) =>
        connection.Stream is NetworkStream { Socket: { LocalEndPoint: IPEndPoint own, RemoteEndPoint: IPEndPoint other } } ? LoopbackOwner.Find(own, other) : null;

    private sealed class Listener(ITransportListener inner, uint self) : IFirstByteListener
    {
        public FarmAddress LocalAddress => inner.LocalAddress;

        public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default) =>
            await inner.AcceptAsync(cancellationToken).ConfigureAwait(false) is { } accepted ? new Unidentified(accepted, self) : null;

        public void AwaitFirstByte(ConnectionLimits limits, Action dropped, TimeProvider time) => (inner as IFirstByteListener)?.AwaitFirstByte(limits, dropped, time);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class Unidentified(ITransportConnection raw, uint self) : IUnidentifiedConnection
    {
        public Stream Stream => raw.Stream;

        public string RemoteName => raw.RemoteName;

        public bool IsLocal => raw.IsLocal;

        public ValueTask<ITransportConnection> IdentifyAsync(CancellationToken cancellationToken) =>
            LoopbackOwner.IsTrusted(OwnerOf(raw), self) ? ValueTask.FromResult(raw)
                : throw new StrangerException($"{raw.RemoteName} belongs to another user of this machine, and nothing is encrypted here.");

        public ValueTask DisposeAsync() => raw.DisposeAsync();
    }
}
