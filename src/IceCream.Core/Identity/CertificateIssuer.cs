using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IceCream.Identity;

/// <summary>Makes certificates, all with keys of P-256: the authority's own, and those that it signs.</summary>
internal static class CertificateIssuer
{
    /// <summary>How long a node's certificate is valid: where revocations do not arrive, a revoked certificate is accepted for at most that long.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private const int SerialBytes = 16, AuthorityYears = 20;
    private const string ServerUse = "1.3.6.1.5.5.7.3.1", ClientUse = "1.3.6.1.5.5.7.3.2", EllipticKey = "1.2.840.10045.2.1";

    /// <summary>
    /// P-256 by its name, as it stands in a key. A key can also spell its curve out, number by number: any curve, and of P-256 too another spelling, which would be
    /// another key here.
    /// </summary>
    private static readonly byte[] NamedCurve = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

    /// <summary>Creates an authority, with its key.</summary>
    public static X509Certificate2 CreateAuthority(string network, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(NameOf($"{network} authority"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now - FarmTrust.ClockTolerance, now.AddYears(AuthorityYears));
    }

    /// <summary>Certifies that a key is a node's.</summary>
    /// <param name="authority">The authority, with its key.</param>
    /// <param name="identity">The node.</param>
    /// <param name="key">The node's key.</param>
    /// <param name="now">The start of the validity.</param>
    /// <param name="hosts">Names of the node's machine, for clients that check host names.</param>
    public static X509Certificate2 Issue(X509Certificate2 authority, NodeIdentity identity, PublicKey key, DateTimeOffset now, params IEnumerable<string> hosts)
    {
        var request = new CertificateRequest(NameOf(identity.Name), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerUse), new Oid(ClientUse)], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(PresentedCertificate.NameExtension(identity, hosts));
        return request.Create(authority, now, now + Lifetime, RandomNumberGenerator.GetBytes(SerialBytes));
    }

    /// <summary>Creates a certificate request for a key. The request proves possession of the key, and contains nothing else.</summary>
    public static byte[] CreateRequest(ECDsa key) => new CertificateRequest(NameOf("node"), key, HashAlgorithmName.SHA256).CreateSigningRequest();

    /// <summary>Reads the key of such a request.</summary>
    /// <exception cref="JoinRefusedException">The bytes are no request, the key is not P-256, or did not sign it.</exception>
    public static PublicKey ReadRequest(byte[] request)
    {
        try
        {
            PublicKey key = CertificateRequest.LoadSigningRequest(request, HashAlgorithmName.SHA256).PublicKey;
            return key.Oid.Value == EllipticKey && (key.EncodedParameters?.RawData).AsSpan().SequenceEqual(NamedCurve) ? key : throw new JoinRefusedException("A node's key is one of P-256.");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new JoinRefusedException("The request for a certificate is none, or is not signed with its key.");
        }
    }

    private static X500DistinguishedName NameOf(string name)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name);
        return builder.Build();
    }
}
