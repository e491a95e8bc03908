using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using IceCream.Jobs;

namespace IceCream.Identity;

/// <summary>
/// The tokens by which a farm is looked at in a browser: <c>iceread1.SECRET</c>, good for any number of looks until their time is over. Each is known by the hash of
/// its secret: a file of lines <c>HASH UNTIL</c>. Safe for use by several threads.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class ReadTokens(string path)
{
    /// <summary>How many may be good at a time, and how long one that is shown may be.</summary>
    private const int Most = 1024, Longest = 64;

    private const string Prefix = "iceread1.";
    private const int SecretBytes = 24;

    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, DateTimeOffset> _known = (PrivateFile.Read(path) ?? "").Split('\n').Select(static line => Read(line)).OfType<(Digest Hash, DateTimeOffset Until)>()
        .DistinctBy(static entry => entry.Hash).ToDictionary(static entry => entry.Hash, static entry => entry.Until);

    /// <summary>Makes a token.</summary>
    /// <returns>The token: a secret, which is stored nowhere here.</returns>
    /// <exception cref="IOException">There are too many, or the file cannot be written.</exception>
    public string Create(TimeSpan lifetime, DateTimeOffset now)
    {
        string token = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        lock (_lock)
        {
            foreach (Digest ended in _known.Where(entry => entry.Value < now).Select(static entry => entry.Key).ToArray())
            {
                _known.Remove(ended);
            }

            if (_known.Count >= Most)
            {
                throw new IOException($"{Most} read tokens are good already. Wait until the time of some is over.");
            }

            _known.Add(JoinToken.HashOf(token), now + lifetime);
            PrivateFile.Replace(path, string.Concat(_known.Select(static entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Value:O}\n"))));
        }

        return token;
    }

    /// <summary>Until when a token is good; null when it is none, or its time is over.</summary>
    /// <param name="token">What was shown.</param>
    /// <param name="now">The time.</param>
    public DateTimeOffset? Until(string token, DateTimeOffset now)
    {
        if (token.Length > Longest || !token.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        // By the hash: how long the comparison takes tells nothing about the secret.
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
