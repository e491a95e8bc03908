using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using IceCream.Jobs;

namespace IceCream.Identity;

/// <summary>A certificate that the farm's authority has signed, as it was read.</summary>
/// <param name="Identity">The owner's identity.</param>
/// <param name="Key">The SHA-256 of its public key (SubjectPublicKeyInfo), which stays the same on renewal.</param>
/// <param name="NotAfter">When it expires.</param>
internal sealed record PresentedCertificate(NodeIdentity Identity, Digest Key, DateTimeOffset NotAfter)
{
    private const string AlternativeNames = "2.5.29.17";

    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6), DnsTag = new(TagClass.ContextSpecific, 2);

    /// <summary>The extension that names the owner. The framework's own builder would respell the URI.</summary>
    public static X509Extension NameExtension(NodeIdentity identity, IEnumerable<string> hosts)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, identity.ToUri(), UriTag);
            foreach (string host in hosts)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, host, DnsTag);
            }
        }

        return new X509Extension(AlternativeNames, writer.Encode(), critical: false);
    }

    /// <summary>The SHA-256 that identifies a public key.</summary>
    public static Digest KeyOf(PublicKey key) => Digest.Of(key.ExportSubjectPublicKeyInfo());

    /// <summary>Reads a certificate whose signature has been checked.</summary>
    /// <returns>Null when it does not name exactly one node.</returns>
    public static PresentedCertificate? Read(X509Certificate2 certificate)
    {
        try
        {
            string? uri = certificate.Extensions.SingleOrDefault(static extension => extension.Oid?.Value == AlternativeNames) is { } names ? UriOf(names.RawData) : null;
            return uri is not null && NodeIdentity.TryParse(uri, out NodeIdentity? identity)
                ? new PresentedCertificate(identity, KeyOf(certificate.PublicKey), new DateTimeOffset(certificate.NotAfter.ToUniversalTime()))
                : null;
        }
        catch (Exception e) when (e is AsnContentException or InvalidOperationException)
        {
            // The certificate has two such extensions, or malformed ones: it names no node.
            return null;
        }
    }

    private static string? UriOf(byte[] extension)
    {
        var reader = new AsnReader(extension, AsnEncodingRules.DER);
        AsnReader names = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        string? uri = null;
        while (names.HasData)
        {
            if (!names.PeekTag().HasSameClassAndValue(UriTag))
            {
                names.ReadEncodedValue();
                continue;
            }

            string read = names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag);
            uri = uri is null ? read : throw new InvalidOperationException("It names two nodes.");
        }

        return uri;
    }
}
