using System.Buffers;
using IceCream.Diagnostics;
using IceCream.Identity;
using IceCream.Transport.Tls;
using IceCream.Wire;
using Microsoft.Extensions.Logging;

namespace IceCream.Sessions;

/// <summary>The server side of joining: one certificate request, and its answer.</summary>
internal sealed partial class JoinSession(TlsConnection connection, FarmAuthority authority, ILogger<JoinSession> logger)
{
    /// <summary>Serves the request. The token limits the time of the whole exchange.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SayAsync(new JoinMessage.Authority(authority.Trust.Authority.RawData), cancellationToken).ConfigureAwait(false);
            byte[] question = await ShortFrames.ReadAsync(connection.Stream, cancellationToken).ConfigureAwait(false);
            await SayAsync(AnswerTo(JoinMessage.Decode(new ReadOnlySequence<byte>(question))), cancellationToken).ConfigureAwait(false);

            // The client closes the connection; closing it here could lose the answer.
            _ = await connection.Stream.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or WireFormatException or OperationCanceledException or ObjectDisposedException)
        {
            LogBroken(logger, connection.RemoteName, e.Message);
        }
    }

    private JoinMessage AnswerTo(JoinMessage question)
    {
        try
        {
            if (question is not JoinMessage.Request request)
            {
                throw new JoinRefusedException("A request was expected.");
            }

            if (request.Speaks != JoinMessage.Version)
            {
                throw new JoinRefusedException($"It speaks version {JoinMessage.Version} of joining, not {request.Speaks}: run the same release on both machines.");
            }

            byte[] key = request.SigningRequest.ToArray();
            using var granted = request.Secret.Length == 0 ? Renew(key)
                : authority.Enroll(request.Secret, new NodeIdentity("-", request.Roles, request.Name, request.User), key);
            LogGranted(logger, request.Secret.Length == 0 ? "renewed" : "granted", PresentedCertificate.Read(granted)!.Identity.ToUri(), connection.RemoteName);
            return new JoinMessage.Granted(granted.RawData);
        }
        catch (JoinRefusedException e)
        {
            LogRefused(logger, connection.RemoteName, e.Message);
            return new JoinMessage.Refused(e.Message);
        }
        catch (IOException e)
        {
            LogRefused(logger, connection.RemoteName, e.Message);
            return new JoinMessage.Refused("The scheduler cannot keep its list of nodes at the moment: its log says why.");
        }
    }

    private System.Security.Cryptography.X509Certificates.X509Certificate2 Renew(byte[] key) =>
        authority.Renew(connection.Certificate ?? throw new JoinRefusedException("Neither a token nor a certificate was shown."), key);

    private ValueTask SayAsync(JoinMessage message, CancellationToken cancellationToken) =>
        ShortFrames.WriteAsync(connection.Stream, JoinMessage.Encode(message), cancellationToken);

    [LoggerMessage(EventIds.CertificateGranted, LogLevel.Information, "A certificate was {What} to {Node} at {Remote}.")]
    private static partial void LogGranted(ILogger logger, string what, string node, string remote);

    [LoggerMessage(EventIds.CertificateRefused, LogLevel.Warning, "{Remote} got no certificate: {Objection}")]
    private static partial void LogRefused(ILogger logger, string remote, string objection);

    [LoggerMessage(EventIds.JoinBroken, LogLevel.Debug, "{Remote} asked for no certificate: {Reason}")]
    private static partial void LogBroken(ILogger logger, string remote, string reason);
}
