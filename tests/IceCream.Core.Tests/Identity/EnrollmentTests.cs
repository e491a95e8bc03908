using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IceCream.Identity;
using Xunit;

namespace IceCream.Tests.Identity;

/// <summary>What anybody may send who reaches the scheduler: a request for a certificate, with a key and a name.</summary>
public sealed class EnrollmentTests : IDisposable
{
    private readonly FarmFolder _farm = new();

    public void Dispose() => _farm.Dispose();

    [Fact]
    public void Requests_of_other_keys_and_bytes_that_are_none_are_refused()
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using RSA rsa = RSA.Create(2048);
        byte[] ofRsa = new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest();
        byte[] forged = Request();
        forged[^1] ^= 1;
        foreach (byte[] request in (byte[][])[new CertificateRequest("CN=x", other, HashAlgorithmName.SHA256).CreateSigningRequest(), ofRsa, forged, [], [0x30, 0x80], Request()[..^1]])
        {
            Assert.Throws<JoinRefusedException>(() => _farm.Authority.Enroll(_farm.Secret(), FarmFolder.Blade(), request));
        }
    }

    [Theory]
    [InlineData("", "ada")]
    [InlineData("a b", "ada")]
    [InlineData("blade\n", "ada")]
    [InlineData("blade", "")]
    [InlineData("bl\u202eade", "ada")]
    [InlineData("blade", "a\u200bda")]
    public void Names_that_would_confuse_are_refused(string name, string user) =>
        Assert.Contains("cannot be certified", Refused(_farm.Secret(), FarmFolder.Blade(name: name, user: user)), StringComparison.Ordinal);

    [Fact]
    public void A_name_of_a_stranger_obeys_no_terminal_in_the_log()
    {
        string said = Refused("no token", FarmFolder.Blade(name: "blade\u001b[2J\nA certificate was granted"));
        Assert.DoesNotContain(said, static c => char.IsControl(c));
        Assert.Contains("blade\ufffd[2J\ufffdA certificate", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_spells_its_curve_out_is_refused()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECParameters parameters = key.ExportExplicitParameters(includePrivateParameters: false);
        byte[] point = [4, .. parameters.Q.X!, .. parameters.Q.Y!];
        var spelt = new PublicKey(new Oid("1.2.840.10045.2.1"), new AsnEncodedData(SpellOut(parameters.Curve)), new AsnEncodedData(point));
        byte[] request = new CertificateRequest(new X500DistinguishedName("CN=x"), spelt, HashAlgorithmName.SHA256).CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(key));
        Assert.Throws<JoinRefusedException>(() => _farm.Authority.Enroll(_farm.Secret(), FarmFolder.Blade(), request));
    }

    private static byte[] SpellOut(ECCurve curve)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.10045.1.1");
                writer.WriteIntegerUnsigned(curve.Prime);
            }

            using (writer.PushSequence())
            {
                writer.WriteOctetString(curve.A);
                writer.WriteOctetString(curve.B);
            }

            writer.WriteOctetString([4, .. curve.G.X!, .. curve.G.Y!]);
            writer.WriteIntegerUnsigned(curve.Order);
            writer.WriteInteger(1);
        }

        return writer.Encode();
    }

    private static byte[] Request()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return CertificateIssuer.CreateRequest(key);
    }

    private string Refused(string secret, NodeIdentity identity) =>
        Assert.Throws<JoinRefusedException>(() => _farm.Authority.Enroll(secret, identity, Request())).Message;
}
