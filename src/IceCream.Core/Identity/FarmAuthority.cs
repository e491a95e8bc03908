using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Identity;

/// <summary>
/// The certificate authority of a farm, which its scheduler holds: it makes tokens, certifies nodes that present a token, renews and revokes. Its key, the hashes of
/// its tokens and the list of its nodes are in a folder that other users cannot access. Thread-safe.
/// </summary>
public sealed class FarmAuthority : ICredentials, IDisposable
{
    private const string AuthorityFile = "authority.pem", TokensFile = "tokens", NodesFile = "nodes", ReadersFile = "readers";
    private const char Hidden = '\uFFFD';

    private readonly Lock _lock = new();
    private readonly string _network;
    private readonly TimeProvider _time;
    private readonly X509Certificate2 _authority;
    private readonly TokenBook _tokens;
    private readonly NodeRegister _nodes;
    private readonly ReadTokens _readers;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private (SslStreamCertificateContext Context, DateTimeOffset Until)? _shown;

    private FarmAuthority(string folder, string network, TimeProvider time, X509Certificate2 authority)
    {
        (_network, _time, _authority) = (network, time, authority);
        _tokens = new TokenBook(Path.Combine(folder, TokensFile));
        _nodes = new NodeRegister(Path.Combine(folder, NodesFile));
        _readers = new ReadTokens(Path.Combine(folder, ReadersFile));
        Trust = new FarmTrust(X509CertificateLoader.LoadCertificate(authority.RawData));
        Trust.Revoke(_nodes.Revoked);
    }

    /// <inheritdoc/>
    FarmTrust ICredentials.Trust => Trust;

    /// <summary>Which certificates the farm accepts.</summary>
    internal FarmTrust Trust { get; }

    /// <summary>Whether a folder holds an authority.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, AuthorityFile));

    /// <summary>Opens the authority of a folder, or makes a new one there.</summary>
    /// <param name="folder">The folder, made when absent, and closed to others.</param>
    /// <param name="network">The network whose authority it is; the name of a new authority contains it.</param>
    /// <param name="timeProvider">The clock; the system's when null.</param>
    /// <exception cref="IOException">The folder cannot be used, or its content is damaged or accessible to others: the message says what to do.</exception>
    public static FarmAuthority Open(string folder, string network, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(network);
        TimeProvider time = timeProvider ?? TimeProvider.System;
        PrivateFile.MakeFolder(folder);
        string path = Path.Combine(folder, AuthorityFile);
        if (PrivateFile.Read(path) is not { } pem)
        {
            using X509Certificate2 created = CertificateIssuer.CreateAuthority(network, time.GetUtcNow());
            using ECDsa key = created.GetECDsaPrivateKey()!;
            pem = $"{created.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
            PrivateFile.Replace(path, pem);
        }

        try
        {
            return new FarmAuthority(folder, network, time, X509Certificate2.CreateFromPem(pem, pem));
        }
        catch (CryptographicException e)
        {
            throw new IOException($"'{path}' holds no authority: {e.Message.TrimEnd('.')}. Restore it, or remove its folder and let every machine join again.", e);
        }
    }

    /// <summary>Makes a token with which machines can join.</summary>
    /// <param name="roles">The roles that it allows: one role, or agent and worker.</param>
    /// <param name="lifetime">How long it is valid.</param>
    /// <param name="uses">How many machines may use it.</param>
    /// <returns>The token: a secret, which is not stored here.</returns>
    /// <exception cref="ArgumentException">No certificate has such roles, or a number is not positive.</exception>
    public string CreateToken(NodeRoles roles, TimeSpan lifetime, int uses = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(uses, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        if (NodeRoleWords.Parse(NodeRoleWords.Of(roles)) is null)
        {
            throw new ArgumentException($"No certificate has the roles {roles}.", nameof(roles));
        }

        DateTimeOffset now = _time.GetUtcNow();
        var token = JoinToken.Create(Trust.Fingerprint);
        lock (_lock)
        {
            _tokens.Add(token.Secret, roles, uses, now + lifetime, now);
        }

        return token.ToText();
    }

    /// <summary>Makes a token with which a browser can view the farm any number of times. Machines cannot join with it.</summary>
    /// <param name="lifetime">How long it is valid.</param>
    /// <exception cref="IOException">There are too many tokens, or the token cannot be stored.</exception>
    internal string CreateReadToken(TimeSpan lifetime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        return _readers.Create(lifetime, _time.GetUtcNow());
    }

    /// <summary>Until when a read token allows a view of the farm; null when it is no such token, or has expired.</summary>
    internal DateTimeOffset? MayReadUntil(string token) => _readers.Until(token, _time.GetUtcNow());

    /// <summary>Revokes the certificates of a node, or of one agent (<c>USER@NODE</c>): its connections end, and it is refused until it has joined again.</summary>
    /// <returns>How many certificates were revoked.</returns>
    /// <exception cref="IOException">The revocation cannot be stored: it is in effect, and would be forgotten by a restart. It can be made again.</exception>
    public int Revoke(string node)
    {
        ArgumentNullException.ThrowIfNull(node);
        IReadOnlyList<Digest> keys;
        lock (_lock)
        {
            keys = _nodes.KeysOf(node, _time.GetUtcNow());
        }

        // A full disk does not keep an enemy in: the connections end first.
        Trust.Revoke(keys);
        lock (_lock)
        {
            _nodes.Revoke(keys, _time.GetUtcNow());
        }

        return keys.Count;
    }

    /// <summary>Certifies a node that presents a token.</summary>
    /// <exception cref="JoinRefusedException">The token, the name or the request is invalid.</exception>
    internal X509Certificate2 Enroll(string secret, NodeIdentity identity, byte[] request)
    {
        PublicKey key = CertificateIssuer.ReadRequest(request);
        identity = identity with { Network = _network };
        string name = PlainText.Of(identity.Name, Hidden), user = PlainText.Of(identity.User, Hidden);
        if ((identity.Fault ?? (name == identity.Name && user == identity.User ? null : "a name has characters that no line can show")) is { } fault)
        {
            // Anybody can ask, with any name, and what is said here stands in the log.
            throw new JoinRefusedException($"'{name}' of '{user}' cannot be certified: {fault}.");
        }

        lock (_lock)
        {
            DateTimeOffset now = _time.GetUtcNow();
            Digest known = PresentedCertificate.KeyOf(key);

            // The name is checked first, so that a name that is taken uses up no token. Both are on the disk before anybody can present the certificate.
            _nodes.Check(known, identity, now);
            return _tokens.Redeem(secret, identity.Roles, now, () => Certify(known, identity, key, now));
        }
    }

    /// <summary>Renews the certificate that a node presented, for the same key. The certificate may have expired.</summary>
    /// <exception cref="JoinRefusedException">The request is invalid or for another key, or the certificate has been revoked.</exception>
    internal X509Certificate2 Renew(PresentedCertificate presented, byte[] request)
    {
        PublicKey key = CertificateIssuer.ReadRequest(request);
        if (PresentedCertificate.KeyOf(key) != presented.Key)
        {
            throw new JoinRefusedException("A certificate is renewed for the key that it was made for.");
        }

        lock (_lock)
        {
            DateTimeOffset now = _time.GetUtcNow();
            _nodes.Check(presented.Key, presented.Identity, now);
            return Certify(presented.Key, presented.Identity, key, now);
        }
    }

    /// <inheritdoc/>
    SslStreamCertificateContext ICredentials.Show()
    {
        lock (_lock)
        {
            DateTimeOffset now = _time.GetUtcNow();
            if (_shown is not { } shown || shown.Until - now < CertificateIssuer.Lifetime / 2)
            {
                // The scheduler's own certificate serves this process alone, and is not registered.
                var identity = new NodeIdentity(_network, NodeRoles.Scheduler, "scheduler", "scheduler");
                using X509Certificate2 issued = CertificateIssuer.Issue(_authority, identity, new PublicKey(_key), now, Environment.MachineName, "localhost");
                shown = (SslStreamCertificateContext.Create(issued.CopyWithPrivateKey(_key), [], offline: true), now + CertificateIssuer.Lifetime);
                _shown = shown;
            }

            return shown.Context;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Certify(Digest known, NodeIdentity identity, PublicKey key, DateTimeOffset now)
    {
        _nodes.Add(known, identity, now + CertificateIssuer.Lifetime);
        return CertificateIssuer.Issue(_authority, identity, key, now);
    }
}
