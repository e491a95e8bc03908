using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using IceCream.Jobs;

namespace IceCream.Identity;

/// <summary>Whom the nodes of one farm believe: who shows a certificate of its authority that is in force and not revoked. Safe for use by several threads.</summary>
internal sealed class FarmTrust(X509Certificate2 authority)
{
    /// <summary>How long after its end a certificate may still be exchanged for a new one.</summary>
    public static readonly TimeSpan Renewable = TimeSpan.FromDays(30);

    /// <summary>By how much clocks of one farm may differ.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private ImmutableHashSet<Digest> _revoked = [];

    /// <summary>Called for each key from which belief has been withdrawn: its open connections are to end.</summary>
    public event Action<Digest>? Revoked;

    /// <summary>The authority's certificate.</summary>
    public X509Certificate2 Authority => authority;

    /// <summary>What the authority is known by.</summary>
    public Digest Fingerprint { get; } = Digest.Of(authority.RawData);

    /// <summary>The keys that are believed no more.</summary>
    public IReadOnlyCollection<Digest> RevokedKeys => _revoked;

    /// <summary>Withdraws belief from keys, for good.</summary>
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

    /// <summary>Examines what somebody shows.</summary>
    /// <param name="certificate">The certificate, of which the other end has proved that it has the key.</param>
    /// <param name="now">The time.</param>
    /// <param name="grace">For how long after its end it is good enough.</param>
    /// <param name="presented">Who it is, when it is believed.</param>
    /// <returns>Why it is not believed, as a sentence; null when it is.</returns>
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

    /// <summary>How a chain is built: from the farm's authority and nothing else, and without asking anybody. Times are looked at in <see cref="Examine"/>, by one clock.</summary>
    public X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { authority },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid,
    };

    /// <summary>The same for whoever does not know the authority yet: nothing is believed, and nobody asked.</summary>
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
            // Itself and the authority: no node signs for another, and the authority takes no part.
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
