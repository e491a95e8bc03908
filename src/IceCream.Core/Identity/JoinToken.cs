using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using IceCream.Jobs;

namespace IceCream.Identity;

/// <summary>
/// The token with which a machine joins a farm: <c>icelib1.AUTHORITY.SECRET</c>, in base64url. The first part identifies the authority that must have certified the
/// scheduler, so that the secret is sent to nobody else.
/// </summary>
/// <param name="Authority">The SHA-256 of the authority's certificate.</param>
/// <param name="Secret">24 random bytes, in base64url.</param>
internal sealed record JoinToken(Digest Authority, string Secret)
{
    private const string Prefix = "icelib1";
    private const int SecretBytes = 24, SecretLength = 32;

    /// <summary>Creates a token with a new random secret.</summary>
    public static JoinToken Create(Digest authority) => new(authority, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes)));

    /// <summary>Parses a token, ignoring white space around it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out JoinToken? token)
    {
        token = null;
        if (text.Trim().Split('.') is not [Prefix, var authority, { Length: SecretLength } secret] || !Base64Url.IsValid(authority) || !Base64Url.IsValid(secret))
        {
            return false;
        }

        byte[] digest = Base64Url.DecodeFromChars(authority);
        token = digest.Length == Digest.Size ? new JoinToken(new Digest(digest), secret) : null;
        return token is not null;
    }

    /// <summary>The text form to pass on. It is a secret.</summary>
    public string ToText()
    {
        byte[] digest = new byte[Digest.Size];
        Authority.CopyTo(digest);
        return $"{Prefix}.{Base64Url.EncodeToString(digest)}.{Secret}";
    }

    /// <summary>The hash under which the authority knows a token: it cannot be used to join.</summary>
    public static Digest HashOf(string secret) => Digest.Of(System.Text.Encoding.UTF8.GetBytes(secret));

    /// <summary>The text for logs, without the secret.</summary>
    public override string ToString() => $"a token for the farm of authority {Authority}";
}
