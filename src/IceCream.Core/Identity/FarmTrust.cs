using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using IceCream.Jobs;

namespace IceCream.Identity;

/// <summary>Which certificates the nodes of one farm accept: those of its authority that are in force and not revoked. Thread-safe.</summary>
internal sealed class FarmTrust(X509Certificate2 authority)
{
    /// <summary>How long after its end a certificate may still be renewed.</summary>
    public static readonly TimeSpan Renewable = TimeSpan.FromDays(30);

    /// <summary>By how much clocks of one farm may differ.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private ImmutableHashSet<Digest> _revoked = [];

    /// <summary>Raised for each key that is revoked: its open connections must end.</summary>
    public event Action<Digest>? Revoked;

    /// <summary>The authority's certificate.</summary>
    public X509Certificate2 Authority => authority;

    /// <summary>The digest that identifies the authority.</summary>
    public Digest Fingerprint { get; } = Digest.Of(authority.RawData);

    /// <summary>The keys that are revoked.</summary>
    public IReadOnlyCollection<Digest> RevokedKeys => _revoked;

    /// <summary>Revokes keys, for good.</summary>
    public void Revoke(IEnumerable<Digest> keys)
    {
        foreach (Digest key in keys)
        {
            if (ImmutableInterlocked.Update(ref _revoked, static (revoked, key) => revoked.Add(key), key))
            {
                Revoked?.Invoke(key);
            }
        }
    }

    /// <summary>Checks the certificate that a peer presents.</summary>
    /// <param name="certificate">The certificate; the peer has proved that it has the key.</param>
    /// <param name="now">The time.</param>
    /// <param name="grace">How long after its end the certificate is still accepted.</param>
    /// <param name="presented">The peer's identity, when the certificate is accepted.</param>
    /// <returns>Why it is not accepted, as a sentence; null when it is.</returns>
    public string? Examine(X509Certificate2? certificate, DateTimeOffset now, TimeSpan grace, out PresentedCertificate? presented)
    {
        presented = null;
        if (certificate is null)
        {
            return "It shows no certificate.";
        }

        if (!IsSigned(certificate))
        {
            return "Its certificate is of another farm.";
        }

        if (PresentedCertificate.Read(certificate) is not { } read)
        {
            return "Its certificate names no node.";
        }

        if (now < new DateTimeOffset(certificate.NotBefore.ToUniversalTime()) - ClockTolerance)
        {
            return $"The certificate of '{read.Identity.Name}' is not in force before {certificate.NotBefore.ToUniversalTime():u}: do the clocks agree?";
        }

        if (now > read.NotAfter + ClockTolerance + grace)
        {
            return $"The certificate of '{read.Identity.Name}' ended at {read.NotAfter.UtcDateTime:u}: it is renewed for {Renewable.TotalDays} days after that, and then the node joins again.";
        }

        if (_revoked.Contains(read.Key))
        {
            return $"The certificate of '{read.Identity.Name}' has been revoked.";
        }

        presented = read;
        return null;
    }

    /// <summary>The policy for chains: they end at the farm's authority, and nothing is downloaded. <see cref="Examine"/> checks the times, all by one clock.</summary>
    public X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { authority },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid,
    };

    /// <summary>The policy for a node that does not know the authority yet: no certificate is trusted, and nothing is downloaded.</summary>
    public static X509ChainPolicy PolicyOfNobody() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    private bool IsSigned(X509Certificate2 certificate)
    {
        using var chain = new X509Chain { ChainPolicy = Policy() };
        try
        {
            // The chain is the certificate and the authority: no node signs for another, and the authority itself is no node.
            return chain.Build(certificate) && chain.ChainElements.Count == 2;
        }
        finally
        {
            foreach (X509ChainElement element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }
}
