using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using IceCream.Jobs;

namespace IceCream.Identity;

/// <summary>
/// The tokens with which a browser can view a farm: <c>iceread1.SECRET</c>, valid for any number of views until they expire. Only the hash of each is stored,
/// in a file of lines <c>HASH UNTIL</c>. Thread-safe.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class ReadTokens(string path)
{
    /// <summary>The most valid tokens at a time, and the most characters of a presented token.</summary>
    private const int Most = 1024, Longest = 64;

    private const string Prefix = "iceread1.";
    private const int SecretBytes = 24;

    private readonly Lock _lock = new();
    private Dictionary<Digest, DateTimeOffset> _known = (PrivateFile.Read(path) ?? "").Split('\n').Select(static line => Read(line)).OfType<(Digest Hash, DateTimeOffset Until)>()
        .DistinctBy(static entry => entry.Hash).ToDictionary(static entry => entry.Hash, static entry => entry.Until);

    /// <summary>Makes a token.</summary>
    /// <returns>The token: a secret, which is not stored here.</returns>
    /// <exception cref="IOException">There are too many tokens, or the file cannot be written.</exception>
    public string Create(TimeSpan lifetime, DateTimeOffset now)
    {
        string token = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        lock (_lock)
        {
            var known = _known.Where(entry => entry.Value >= now).ToDictionary();
            if (known.Count >= Most)
            {
                throw new IOException($"{Most} read tokens are good already. Wait until the time of some is over.");
            }

            // A token that the disk did not take was told to nobody, and takes no place.
            known.Add(JoinToken.HashOf(token), now + lifetime);
            PrivateFile.Replace(path, string.Concat(known.Select(static entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Value:O}\n"))));
            _known = known;
        }

        return token;
    }

    /// <summary>Until when a token is valid; null when it is unknown or has expired.</summary>
    /// <param name="token">The token that a client presented.</param>
    /// <param name="now">The time.</param>
    public DateTimeOffset? Until(string token, DateTimeOffset now)
    {
        if (token.Length > Longest || !token.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        // Looked up by hash, so that the duration reveals nothing about the secret.
        Digest hash = JoinToken.HashOf(token);
        lock (_lock)
        {
            return _known.TryGetValue(hash, out DateTimeOffset until) && until >= now ? until : null;
        }
    }

    private static (Digest Hash, DateTimeOffset Until)? Read(string line) =>
        line.Split(' ') is [var hash, var until] && Digest.TryParse(hash, out Digest digest)
        && DateTimeOffset.TryParseExact(until, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTimeOffset end)
            ? (digest, end)
            : null;
}
