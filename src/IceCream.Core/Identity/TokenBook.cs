using System.Globalization;
using IceCream.Jobs;

namespace IceCream.Identity;

/// <summary>
/// The tokens of a farm, each known by the hash of its secret: a file of lines <c>HASH ROLE USES UNTIL</c>. Not safe for use by several threads.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class TokenBook(string path)
{
    /// <summary>How many may wait to be used.</summary>
    private const int Most = 1024;

    private readonly List<Entry> _entries = [.. (PrivateFile.Read(path) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => Read(line)).OfType<Entry>()];

    private sealed record Entry(Digest Hash, NodeRoles Roles, int Uses, DateTimeOffset Until);

    /// <summary>Makes a token good.</summary>
    /// <param name="secret">Its secret.</param>
    /// <param name="roles">What those who join by it may be.</param>
    /// <param name="uses">How many may.</param>
    /// <param name="until">Until when.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="IOException">There are too many, or the file cannot be written.</exception>
    public void Add(string secret, NodeRoles roles, int uses, DateTimeOffset until, DateTimeOffset now)
    {
        _entries.RemoveAll(entry => entry.Until < now);
        if (_entries.Count >= Most)
        {
            throw new IOException($"{Most} tokens wait to be used already. Use some, or wait until their time is over.");
        }

        _entries.Add(new Entry(JoinToken.HashOf(secret), roles, uses, until));
        Keep();
    }

    /// <summary>Uses a token once. What is left of it is on the disk when this returns.</summary>
    /// <param name="secret">What was shown.</param>
    /// <param name="wanted">The roles that are asked for.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="JoinRefusedException">It is not good, or not for that.</exception>
    public void Redeem(string secret, NodeRoles wanted, DateTimeOffset now)
    {
        // By the hash: how long the comparison takes tells nothing about the secret.
        Digest hash = JoinToken.HashOf(secret);
        int at = _entries.FindIndex(entry => entry.Hash == hash);
        if (at < 0 || _entries[at].Until < now)
        {
            throw new JoinRefusedException("The token is not good: it is not of this farm, its time is over, or it has been used. 'icehost token' makes another one.");
        }

        Entry entry = _entries[at];
        if (wanted == NodeRoles.None || (wanted & ~entry.Roles) != 0)
        {
            throw new JoinRefusedException(
                $"The token is for the role '{NodeRoleWords.Of(entry.Roles)}', and '{NodeRoleWords.Of(wanted)}' was asked for. 'icehost token --role' says the role; 'icehost daemon --no-worker' is an agent only, '--no-agent' a worker only.");
        }

        if (entry.Uses > 1)
        {
            _entries[at] = entry with { Uses = entry.Uses - 1 };
        }
        else
        {
            _entries.RemoveAt(at);
        }

        Keep();
    }

    private static Entry? Read(string line) =>
        line.Split(' ') is [var hash, var role, var uses, var until]
        && Digest.TryParse(hash, out Digest digest) && NodeRoleWords.Parse(role) is { } roles && int.TryParse(uses, NumberStyles.None, CultureInfo.InvariantCulture, out int left)
        && DateTimeOffset.TryParseExact(until, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTimeOffset end)
            ? new Entry(digest, roles, left, end)
            : null;

    private void Keep() => PrivateFile.Replace(path, string.Concat(_entries.Select(static entry => string.Create(
        CultureInfo.InvariantCulture, $"{entry.Hash} {NodeRoleWords.Of(entry.Roles)} {entry.Uses} {entry.Until:O}\n"))));
}
