using System.Net.Sockets;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Tests.Identity;
using IceCream.Transport;
using IceCream.Transport.Tls;
using Xunit;

namespace IceCream.Tests.Transport.Tls;

/// <summary>A node that answers within TLS over loopback, as the scheduler of a farm, and those who call it.</summary>
public abstract class TlsMeeting : IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _deadline = new(Patience);

    private protected FarmFolder Farm { get; } = new();

    protected ITransportListener Listener { get; set; } = null!;

    protected CancellationToken Deadline => _deadline.Token;

    public async Task InitializeAsync() =>
        Listener = await new TlsTransport(new TcpTransport(), Farm.Authority, Farm.Time) { TakesJoins = true }.ListenAsync(FarmAddress.Tcp("127.0.0.1", 0));

    public async Task DisposeAsync()
    {
        await Listener.DisposeAsync();
        _deadline.Dispose();
        Farm.Dispose();
    }

    private protected TlsTransport Of(ICredentials credentials) => new(new TcpTransport(), credentials, Farm.Time);

    private protected async Task<(ITransportConnection Near, ITransportConnection Far)> MeetAsync(TlsTransport caller)
    {
        Task<ITransportConnection> accepting = AcceptAsync();
        ITransportConnection near = await caller.ConnectAsync(Listener.LocalAddress, Deadline);
        return (near, await accepting);
    }

    private protected async Task<(Exception Near, Exception Far)> FailAsync(TlsTransport caller)
    {
        Task<ITransportConnection> accepting = AcceptAsync();
        Exception near = await Assert.ThrowsAsync<TransportException>(() => caller.ConnectAsync(Listener.LocalAddress, Deadline).AsTask());
        return (near, await Assert.ThrowsAsync<TransportException>(() => accepting));
    }

    private protected async Task<ITransportConnection> AcceptAsync()
    {
        var accepted = (IUnidentifiedConnection)(await Listener.AcceptAsync(Deadline))!;
        try
        {
            return await accepted.IdentifyAsync(Deadline);
        }
        catch
        {
            await accepted.DisposeAsync();
            throw;
        }
    }

    private protected async Task<(Task<ITransportConnection> Accepting, Socket Caller)> CallAsync(byte[] first)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(Listener.LocalAddress.Host, Listener.LocalAddress.Port, Deadline);
        var accepted = (IUnidentifiedConnection)(await Listener.AcceptAsync(Deadline))!;
        Task<ITransportConnection> identifying = accepted.IdentifyAsync(Deadline).AsTask();
        await socket.SendAsync(first, SocketFlags.None, Deadline);
        return (identifying, socket);
    }

    private protected async Task<bool> HasEndedAsync(ITransportConnection connection, byte[] buffer)
    {
        try
        {
            return await connection.Stream.ReadAsync(buffer, Deadline) == 0;
        }
        catch (IOException)
        {
            // Cut off within TLS: an end as well.
            return true;
        }
    }
}
