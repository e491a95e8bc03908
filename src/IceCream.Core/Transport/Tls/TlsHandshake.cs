using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IceCream.Diagnostics;
using IceCream.Identity;

namespace IceCream.Transport.Tls;

/// <summary>
/// Both ends of a handshake. After TLS's own, the answering end says in one short frame whether it goes on: nothing, or why not. So a caller that is refused
/// learns the reason, which an alert of TLS could not tell.
/// </summary>
internal static class TlsHandshake
{
    /// <summary>
    /// How long either end takes part in one: as long as a connection may take to its greeting, which bounds it at the answering end in any case. A slow or overloaded machine needs
    /// some seconds for its signatures.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How long a caller waits for the connection beneath: the kernel repeats its attempts at growing intervals, so a new attempt is better.</summary>
    public static readonly TimeSpan PatienceToConnect = TimeSpan.FromSeconds(4);

    private const string Host = "icelib";
    private const int LongestReason = 1024;

    /// <summary>The first byte of TLS: a record of its handshake. No message of ours begins with it.</summary>
    internal const byte Record = 0x16;

    /// <summary>And that of a record in which TLS says why it breaks off.</summary>
    private const byte Alert = 0x15;

    /// <summary>Answers.</summary>
    /// <param name="raw">The connection, which belongs to the caller.</param>
    /// <param name="credentials">What is shown, and who is believed.</param>
    /// <param name="takesJoins">Whether certificates can be had here.</param>
    /// <param name="time">The time, by which certificates are in force.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The stream, and what the other end has shown: null where it asks for a certificate and shows none.</returns>
    [SuppressMessage("Security", "CA5359", Justification = "Certificates are examined right after the handshake, so that who is refused learns why.")]
    public static async Task<(SslStream Stream, PresentedCertificate? Certificate)> AnswerAsync(
        ITransportConnection raw, ICredentials credentials, bool takesJoins, TimeProvider time, CancellationToken cancellationToken)
    {
        byte[] first = new byte[1];
        if (await raw.Stream.ReadAsync(first, cancellationToken).ConfigureAwait(false) == 0)
        {
            throw new TransportException($"{raw.RemoteName} hung up without a word.");
        }

        if (first[0] != Record)
        {
            throw new StrangerException($"{raw.RemoteName} speaks in the clear, and this farm does not. Join it by 'icehost daemon --join-file', and leave --insecure out.");
        }

        var stream = new SslStream(new PrefixedStream(raw.Stream, first));
        try
        {
            var options = new SslServerAuthenticationOptions
            {
                ApplicationProtocols = takesJoins ? [TlsProtocols.Farm, TlsProtocols.Join] : [TlsProtocols.Farm],
                EnabledSslProtocols = SslProtocols.Tls13,
                ServerCertificateContext = credentials.Show(),
                ClientCertificateRequired = true,
                CertificateChainPolicy = credentials.Trust.Policy(),

                // Whatever is shown is examined below, before a byte of the caller's is read: whom TLS itself turned away would not learn why.
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
            };
            await stream.AuthenticateAsServerAsync(options, cancellationToken).ConfigureAwait(false);
            string? refusal = Examine(stream, credentials.Trust, time.GetUtcNow(), out PresentedCertificate? certificate);
            await ShortFrames.WriteAsync(stream, Encoding.UTF8.GetBytes(refusal ?? ""), cancellationToken).ConfigureAwait(false);
            if (refusal is null)
            {
                return (stream, certificate);
            }

            // What was said must have arrived before the connection goes: the caller closes it once it has read why.
            _ = await stream.ReadAsync(first, cancellationToken).ConfigureAwait(false);
            throw new TransportException($"{raw.RemoteName} was refused: {refusal}");
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (e is AuthenticationException or IOException and not (TransportException or StrangerException))
            {
                throw new TransportException($"{raw.RemoteName} broke off the handshake: {Innermost(e)}", e);
            }

            throw;
        }
    }

    /// <summary>Calls.</summary>
    /// <param name="raw">The connection, which belongs to the caller until this has succeeded.</param>
    /// <param name="protocol">What is to be spoken.</param>
    /// <param name="shown">The own certificate; null: none.</param>
    /// <param name="policy">How the other end's chain is built.</param>
    /// <param name="examine">Why what the other end shows is not believed; null when it is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TransportException">One end does not believe the other: the message says which, and why.</exception>
    public static async Task<SslStream> CallAsync(
        ITransportConnection raw, SslApplicationProtocol protocol, SslStreamCertificateContext? shown, X509ChainPolicy? policy, Func<X509Certificate2?, string?> examine,
        CancellationToken cancellationToken)
    {
        string? refusal = null;
        bool isClear = false;
        var stream = new SslStream(new PrefixedStream(raw.Stream, default)
        {
            // In the clear a node speaks first, and what it says could be taken for the beginning of a long record of an old version.
            Examine = first =>
            {
                isClear = first is not (Record or Alert);
                if (isClear)
                {
                    throw new TransportException($"{raw.RemoteName} speaks in the clear.");
                }
            },
        });
        try
        {
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = Host,
                ApplicationProtocols = [protocol],
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificateContext = shown,
                CertificateChainPolicy = policy,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => (refusal = examine(certificate as X509Certificate2)) is null,
            };
            await stream.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            if (stream.NegotiatedApplicationProtocol != protocol)
            {
                throw new TransportException($"{raw.RemoteName} speaks TLS, and is no node of a farm.");
            }

            string reason = Encoding.UTF8.GetString(await ShortFrames.ReadAsync(stream, cancellationToken).ConfigureAwait(false));
            return reason.Length == 0 ? stream : throw new TransportException($"{raw.RemoteName} refused this machine: {Shown(reason)}");
        }
        catch (Exception e) when (isClear)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new TransportException($"{raw.RemoteName} speaks in the clear, and this machine has joined a secure farm. Was it started with --insecure? That must be said at both ends, or at none.", e);
        }
        catch (AuthenticationException e) when (refusal is not null)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new TransportException($"{raw.RemoteName} is not believed. {refusal}", e);
        }
        catch (AuthenticationException e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new TransportException($"{raw.RemoteName} does not speak TLS as this farm does. Perhaps it was started with --insecure, or is no node: {Innermost(e)}", e);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static string? Examine(SslStream stream, FarmTrust trust, DateTimeOffset now, out PresentedCertificate? certificate)
    {
        certificate = null;
        using X509Certificate2? shown = stream.RemoteCertificate as X509Certificate2;
        if (stream.NegotiatedApplicationProtocol == TlsProtocols.Join)
        {
            // A node that shows a certificate that has ended wants it renewed.
            return shown is null ? null : trust.Examine(shown, now, FarmTrust.Renewable, out certificate);
        }

        return stream.NegotiatedApplicationProtocol == TlsProtocols.Farm
            ? trust.Examine(shown, now, TimeSpan.Zero, out certificate)
            : "It speaks TLS, and not as a node does.";
    }

    /// <summary>A foreign text as one line of printable characters.</summary>
    private static string Shown(string reason) => PlainText.Of(ShortText.Cut(reason, LongestReason), ' ');

    private static string Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
        {
            e = inner;
        }

        return e.Message;
    }
}
