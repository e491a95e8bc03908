using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using IceCream.Identity;
using IceCream.Jobs;

namespace IceCream.Transport.Tls;

/// <summary>
/// TLS over whatever leaves the machine: of the transport beneath, TCP is spoken within TLS with certificates at both ends, and everything else as it is.
/// When a certificate is revoked, its connections end.
/// </summary>
internal sealed class TlsTransport : ITransport
{
    private readonly ITransport _inner;
    private readonly ICredentials _credentials;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<TlsConnection, byte> _open = new();

    /// <param name="inner">What is beneath.</param>
    /// <param name="credentials">What this end shows, and whom it believes.</param>
    /// <param name="time">The time: of certificates, and for deadlines.</param>
    public TlsTransport(ITransport inner, ICredentials credentials, TimeProvider time)
    {
        (_inner, _credentials, _time) = (inner, credentials, time);
        credentials.Trust.Revoked += key =>
        {
            foreach (TlsConnection connection in _open.Keys.Where(open => open.Certificate?.Key == key))
            {
                connection.Sever();
            }
        };
    }

    /// <summary>Whether those who connect may ask for a certificate. Default: false.</summary>
    public bool TakesJoins { get; init; }

    public bool Serves(FarmAddress address) => _inner.Serves(address);

    public bool Secures(FarmAddress address) => address.Scheme == "tcp" || _inner.Secures(address);

    public async ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default)
    {
        if (address.Scheme != "tcp")
        {
            return await _inner.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
        }

        ITransportConnection raw = await ReachAsync(address, cancellationToken).ConfigureAwait(false);
        try
        {
            PresentedCertificate? certificate = null;
            using var deadline = new CancellationTokenSource(TlsHandshake.Patience, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            try
            {
                var stream = await TlsHandshake.CallAsync(
                    raw, TlsProtocols.Farm, _credentials.Show(), _credentials.Trust.Policy(),
                    (X509Certificate2? shown) => _credentials.Trust.Examine(shown, _time.GetUtcNow(), TimeSpan.Zero, out certificate), either.Token).ConfigureAwait(false);
                return Track(new TlsConnection(raw, stream, certificate, Forget));
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TransportException($"{address} did not end the handshake within {TlsHandshake.Patience.TotalSeconds} s. Perhaps it was started with --insecure.", e);
            }
        }
        catch
        {
            await raw.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default)
    {
        ITransportListener listener = await _inner.ListenAsync(address, cancellationToken).ConfigureAwait(false);
        return address.Scheme == "tcp" ? new Listener(listener, this) : listener;
    }

    /// <summary>Connects beneath, with a limit of its own: a machine that is switched off is not waited for as one is that is slow at a handshake.</summary>
    private async ValueTask<ITransportConnection> ReachAsync(FarmAddress address, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(TlsHandshake.PatienceToConnect, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await _inner.ConnectAsync(address, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransportException($"Nobody answered at {address} within {TlsHandshake.PatienceToConnect.TotalSeconds} s.", e);
        }
    }

    private TlsConnection Track(TlsConnection connection)
    {
        _open[connection] = 0;

        // Revoked just now: after it was examined, and before it could be found here.
        if (connection.Certificate is { } certificate && _credentials.Trust.RevokedKeys.Contains(certificate.Key))
        {
            connection.Sever();
        }

        return connection;
    }

    private void Forget(TlsConnection connection) => _open.TryRemove(connection, out _);

    private sealed class Listener(ITransportListener inner, TlsTransport owner) : IFirstByteListener
    {
        public FarmAddress LocalAddress => inner.LocalAddress;

        public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default) =>
            await inner.AcceptAsync(cancellationToken).ConfigureAwait(false) is { } accepted ? new Unidentified(accepted, owner) : null;

        public void AwaitFirstByte(ConnectionLimits limits, Action dropped, TimeProvider time) => (inner as IFirstByteListener)?.AwaitFirstByte(limits, dropped, time);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class Unidentified(ITransportConnection raw, TlsTransport owner) : IUnidentifiedConnection
    {
        /// <summary>The bytes in the clear: for a refusal, to whom does not speak TLS.</summary>
        public Stream Stream => raw.Stream;

        public string RemoteName => raw.RemoteName;

        public bool IsLocal => raw.IsLocal;

        public async ValueTask<ITransportConnection> IdentifyAsync(CancellationToken cancellationToken)
        {
            using var deadline = new CancellationTokenSource(TlsHandshake.Patience, owner._time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            (var stream, PresentedCertificate? certificate) = await TlsHandshake.AnswerAsync(raw, owner._credentials, owner.TakesJoins, owner._time, either.Token).ConfigureAwait(false);
            return owner.Track(new TlsConnection(raw, stream, certificate, owner.Forget));
        }

        public ValueTask DisposeAsync() => raw.DisposeAsync();
    }
}
