using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IceCream.Identity;
using Xunit;

namespace IceCream.Tests.Hostile;

/// <summary>Those who show a certificate that is not good. None is believed; and each would be, were it not for the one thing that is wrong with it.</summary>
public sealed class CertificateTests : IDisposable
{
    private const string AlternativeNames = "2.5.29.17";

    private static readonly DateTimeOffset Now = new(2031, 5, 6, 7, 8, 9, TimeSpan.Zero);
    private static readonly NodeIdentity Blade = new("net", NodeRoles.Worker, "blade", "ada");
    private static readonly TimeSpan Late = FarmTrust.ClockTolerance + TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, Func<CertificateTests, Attempt>> Attempts = new()
    {
        ["of another farm of the same name"] = static at => new(at._other.Issue(Now), at._farm.Trust, Now, Without: at._other.Trust),
        ["that has ended"] = static at => new(at._farm.Issue(Now), at._farm.Trust, Now + CertificateIssuer.Lifetime + Late, GraceWithout: FarmTrust.Renewable),
        ["that can be renewed no more"] = static at =>
            new(at._farm.Issue(Now), at._farm.Trust, Now + CertificateIssuer.Lifetime + FarmTrust.Renewable + Late, FarmTrust.Renewable, GraceWithout: TimeSpan.FromDays(365)),
        ["of tomorrow"] = static at => new(at._farm.Issue(Now.AddDays(1)), at._farm.Trust, Now, MomentWithout: Now.AddDays(1)),
        ["of a clock that is some minutes ahead of what is tolerated"] = static at => new(at._farm.Issue(Now + Late), at._farm.Trust, Now, MomentWithout: Now + Late),
        ["that was revoked"] = static at => at.Revoked(at._farm.Issue(Now)),
        ["that was revoked, to be renewed"] = static at => at.Revoked(at._farm.Issue(Now)) with { Moment = Now.AddDays(10), MomentWithout = Now.AddDays(10), Grace = FarmTrust.Renewable, GraceWithout = FarmTrust.Renewable },
        ["whose key was revoked under another name"] = static at => at.Revoked(at._farm.Issue(Now), at._farm.Issue(Now, Blade with { Name = "other" })),
    };

    private static readonly Dictionary<string, string[]> Names = new()
    {
        ["without a name"] = [],
        ["with two names"] = ["icecream:net/worker/blade/ada", "icecream:net/scheduler/boss/root"],
        ["with a name of another spelling"] = ["icecream:net/worker/bl%61de/ada"],
        ["with a role that there is not"] = ["icecream:net/owner/blade/ada"],
        ["with a name of another kind"] = ["https://net/worker/blade/ada"],
        ["with a part too many"] = ["icecream:net/worker/blade/ada/root"],
    };

    private readonly Farm _farm = new(), _other = new();

    public static TheoryData<string> EachAttempt => [.. Attempts.Keys];

    public static TheoryData<string> EachName => [.. Names.Keys];

    public void Dispose()
    {
        _farm.Dispose();
        _other.Dispose();
    }

    [Theory]
    [MemberData(nameof(EachAttempt))]
    public void A_certificate_is_refused_and_believed_without_the_one_defence(string attempt)
    {
        Attempt made = Attempts[attempt](this);
        Assert.NotNull(made.Trust.Examine(made.Certificate, made.Moment, made.Grace, out PresentedCertificate? presented));
        Assert.Null(presented);
        Assert.Null((made.Without ?? made.Trust).Examine(made.Certificate, made.MomentWithout ?? made.Moment, made.GraceWithout ?? made.Grace, out _));
    }

    /// <summary>The authority has signed it, so that nothing but the name tells that it is no node's.</summary>
    [Theory]
    [MemberData(nameof(EachName))]
    public void A_certificate_that_names_no_node_is_refused_though_the_authority_has_signed_it(string attempt)
    {
        using X509Certificate2 signed = _farm.Sign(Names[attempt]), good = _farm.Sign([Blade.ToUri()]);
        Assert.Contains("names no node", _farm.Trust.Examine(signed, Now, TimeSpan.Zero, out _), StringComparison.Ordinal);
        using var chain = new X509Chain { ChainPolicy = _farm.Trust.Policy() };
        Assert.True(chain.Build(signed));
        Assert.Null(_farm.Trust.Examine(good, Now, TimeSpan.Zero, out _));
    }

    /// <summary>An attempt with a certificate whose key is revoked; without the defence nobody has heard of that.</summary>
    private Attempt Revoked(X509Certificate2 revoked, X509Certificate2? shown = null)
    {
        FarmTrust told = _farm.NewTrust();
        told.Revoke([PresentedCertificate.Read(revoked)!.Key]);
        return new Attempt(shown ?? revoked, told, Now, Without: _farm.Trust);
    }

    /// <param name="Certificate">What is shown.</param>
    /// <param name="Trust">Who looks at it.</param>
    /// <param name="Moment">When.</param>
    /// <param name="Grace">How long after its end it would be good.</param>
    /// <param name="Without">Who would believe it; null: the same.</param>
    /// <param name="MomentWithout">When it would be believed; null: at the same time.</param>
    /// <param name="GraceWithout">With how much grace it would be believed; null: the same.</param>
    private sealed record Attempt(
        X509Certificate2 Certificate, FarmTrust Trust, DateTimeOffset Moment, TimeSpan Grace = default, FarmTrust? Without = null, DateTimeOffset? MomentWithout = null, TimeSpan? GraceWithout = null);

    /// <summary>An authority, with one node's key.</summary>
    private sealed class Farm : IDisposable
    {
        private readonly X509Certificate2 _authority = CertificateIssuer.CreateAuthority("net", Now);
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly List<X509Certificate2> _issued = [];

        public Farm() => Trust = NewTrust();

        public FarmTrust Trust { get; }

        public FarmTrust NewTrust() => new(X509CertificateLoader.LoadCertificate(_authority.RawData));

        public X509Certificate2 Issue(DateTimeOffset from, NodeIdentity? identity = null)
        {
            X509Certificate2 issued = CertificateIssuer.Issue(_authority, identity ?? Blade, new PublicKey(_key), from);
            _issued.Add(issued);
            return issued;
        }

        /// <summary>A certificate with some names.</summary>
        public X509Certificate2 Sign(string[] names)
        {
            var request = new CertificateRequest("CN=x", _key, HashAlgorithmName.SHA256);
            if (names.Length > 0)
            {
                var writer = new AsnWriter(AsnEncodingRules.DER);
                using (writer.PushSequence())
                {
                    foreach (string name in names)
                    {
                        writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, 6));
                    }
                }

                request.CertificateExtensions.Add(new X509Extension(AlternativeNames, writer.Encode(), critical: false));
            }

            return request.Create(_authority, Now, Now.AddHours(1), [1, 2, 3]);
        }

        public void Dispose()
        {
            _issued.ForEach(static issued => issued.Dispose());
            _authority.Dispose();
            _key.Dispose();
        }
    }
}
