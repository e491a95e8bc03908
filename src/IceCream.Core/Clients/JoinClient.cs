using System.Buffers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Transport.Tls;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>The client side of joining: gets a machine its certificate, and renews it before it expires.</summary>
/// <param name="transport">The transport to the scheduler, on which this class adds TLS.</param>
/// <param name="time">The clock.</param>
internal sealed class JoinClient(ITransport transport, TimeProvider time)
{
    /// <summary>How long the whole exchange with a scheduler may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Joins a farm with a token.</summary>
    /// <param name="scheduler">The address of its scheduler.</param>
    /// <param name="token">The token, whose secret is sent only to a scheduler of the farm that the token is for.</param>
    /// <param name="wanted">The identity that the machine wants. The scheduler determines the network.</param>
    /// <param name="folder">The folder for the credentials.</param>
    /// <param name="former">The machine's present credentials, whose key is kept if they are of the same farm; null: it has none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="JoinRefusedException">The farm refuses the machine.</exception>
    /// <exception cref="IOException">The scheduler cannot be reached or is not of the farm, or the credentials cannot be stored.</exception>
    public Task<NodeCredentials> JoinAsync(FarmAddress scheduler, JoinToken token, NodeIdentity wanted, string folder, NodeCredentials? former, CancellationToken cancellationToken) =>
        AskAsync(
            scheduler, null, null,
            authority => Digest.Of(authority.RawData) == token.Authority ? null : "Its authority is another than the one that the token names: it is of another farm, or only claims to be this one's.",
            async (stream, authority, ending) =>
            {
                ECDsa key = former?.Trust.Fingerprint == token.Authority ? former.CopyKey() : NodeCredentials.CreateKey();
                byte[] granted = await RequestAsync(
                    stream, new JoinMessage.Request(JoinMessage.Version, wanted.Roles, wanted.Name, wanted.User, token.Secret, CertificateIssuer.CreateRequest(key)), ending).ConfigureAwait(false);
                return NodeCredentials.Keep(folder, key, Read(granted), authority);
            },
            cancellationToken);

    /// <summary>Renews the certificate for the same key, even when it has expired.</summary>
    /// <exception cref="JoinRefusedException">The certificate has been revoked, or expired too long ago.</exception>
    /// <exception cref="IOException">The scheduler cannot be reached, or is not of the farm.</exception>
    public Task RenewAsync(FarmAddress scheduler, NodeCredentials credentials, CancellationToken cancellationToken) =>
        AskAsync(
            scheduler, ((ICredentials)credentials).Show(), credentials.Trust,
            authority => Digest.Of(authority.RawData) == credentials.Trust.Fingerprint ? null : "It is of another farm.",
            async (stream, _, ending) =>
            {
                NodeIdentity own = credentials.Identity;
                byte[] granted = await RequestAsync(
                    stream, new JoinMessage.Request(JoinMessage.Version, own.Roles, own.Name, own.User, "", credentials.CreateRequest()), ending).ConfigureAwait(false);
                credentials.Renew(Read(granted), time.GetUtcNow());
                return true;
            },
            cancellationToken);

    private async Task<T> AskAsync<T>(
        FarmAddress scheduler, SslStreamCertificateContext? shown, FarmTrust? trust, Func<X509Certificate2, string?> reasonToRefuse,
        Func<Stream, X509Certificate2, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            ITransportConnection raw = await transport.ConnectAsync(scheduler, either.Token).ConfigureAwait(false);
            await using (raw.ConfigureAwait(false))
            {
                // If the authority is not known yet, the peer is checked as soon as it has sent its authority's certificate; nothing is sent to it before.
                SslStream stream = await TlsHandshake.CallAsync(
                    raw, TlsProtocols.Join, shown, trust?.Policy() ?? FarmTrust.PolicyOfNobody(), certificate => trust is null ? null : ReasonToRefuse(trust, certificate), either.Token).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                {
                    X509Certificate2 authority = await HearAsync(stream, either.Token).ConfigureAwait(false) is JoinMessage.Authority said
                        ? Read(said.Certificate.ToArray())
                        : throw new TransportException($"{scheduler} does not say whose it is.");
                    if ((reasonToRefuse(authority) ?? ReasonToRefuse(new FarmTrust(authority), stream.RemoteCertificate as X509Certificate2)) is { } reason)
                    {
                        throw new TransportException($"{scheduler} is not believed. {reason}");
                    }

                    return await ask(stream, authority, either.Token).ConfigureAwait(false);
                }
            }
        }
        catch (WireFormatException e)
        {
            throw new TransportException($"{scheduler} does not speak as a scheduler: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransportException($"{scheduler} did not answer within {Patience.TotalSeconds} s.", e);
        }
    }

    private string? ReasonToRefuse(FarmTrust trust, X509Certificate2? certificate) =>
        trust.Examine(certificate, time.GetUtcNow(), TimeSpan.Zero, out PresentedCertificate? presented)
        ?? (presented!.Identity.Roles.HasFlag(NodeRoles.Scheduler) ? null : $"'{presented.Identity.Name}' is no scheduler.");

    private static async Task<byte[]> RequestAsync(Stream stream, JoinMessage.Request request, CancellationToken cancellationToken)
    {
        await ShortFrames.WriteAsync(stream, JoinMessage.Encode(request), cancellationToken).ConfigureAwait(false);
        return await HearAsync(stream, cancellationToken).ConfigureAwait(false) switch
        {
            JoinMessage.Granted granted => granted.Certificate.ToArray(),
            JoinMessage.Refused refused => throw new JoinRefusedException($"The farm does not take this machine in. {refused.Why}"),
            JoinMessage other => throw new WireFormatException($"{other.GetType().Name} is no answer."),
        };
    }

    private static async Task<JoinMessage> HearAsync(Stream stream, CancellationToken cancellationToken) =>
        JoinMessage.Decode(new ReadOnlySequence<byte>(await ShortFrames.ReadAsync(stream, cancellationToken).ConfigureAwait(false)));

    private static X509Certificate2 Read(byte[] certificate)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(certificate);
        }
        catch (CryptographicException e)
        {
            throw new WireFormatException("Bytes that are no certificate.", e);
        }
    }
}
