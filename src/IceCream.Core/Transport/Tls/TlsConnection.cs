using System.Net.Security;
using System.Net.Sockets;
using IceCream.Identity;

namespace IceCream.Transport.Tls;

/// <summary>A connection within TLS whose handshake is over.</summary>
/// <param name="raw">The connection beneath, which belongs to this one.</param>
/// <param name="stream">The bytes within TLS.</param>
/// <param name="certificate">What the other end has shown, and was believed; null where it asks for one.</param>
/// <param name="ended">Called once, when it is disposed.</param>
internal sealed class TlsConnection(ITransportConnection raw, SslStream stream, PresentedCertificate? certificate, Action<TlsConnection> ended) : ITransportConnection
{
    private int _disposed;

    public Stream Stream => stream;

    public string RemoteName => raw.RemoteName;

    public bool IsLocal => raw.IsLocal;

    public NodeIdentity? Identity => certificate?.Identity;

    /// <summary>What the other end has shown.</summary>
    public PresentedCertificate? Certificate => certificate;

    /// <summary>Whether the other end wants a certificate, and nothing else.</summary>
    public bool Joins => stream.NegotiatedApplicationProtocol == TlsProtocols.Join;

    /// <summary>Ends it from within, as a network does that fails: whoever reads or writes finds its end.</summary>
    public void Sever()
    {
        try
        {
            if (raw.Stream is NetworkStream { Socket: { } socket })
            {
                socket.Shutdown(SocketShutdown.Both);
            }
            else
            {
                raw.Stream.Dispose();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection has ended by itself.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            ended(this);
            await stream.DisposeAsync().ConfigureAwait(false);
            await raw.DisposeAsync().ConfigureAwait(false);
        }
    }
}
