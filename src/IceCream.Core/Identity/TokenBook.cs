using System.Globalization;
using IceCream.Jobs;

namespace IceCream.Identity;

/// <summary>
/// The join tokens of a farm, of each of which only the hash is stored: a file of lines <c>HASH ROLE USES UNTIL</c>. Not thread-safe.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class TokenBook(string path)
{
    /// <summary>How many unused tokens there may be.</summary>
    private const int Most = 1024;

    private List<Entry> _entries = [.. (PrivateFile.Read(path) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => Read(line)).OfType<Entry>()];

    private sealed record Entry(Digest Hash, NodeRoles Roles, int Uses, DateTimeOffset Until);

    /// <summary>Makes a token valid.</summary>
    /// <param name="secret">The token's secret.</param>
    /// <param name="roles">The roles that it allows.</param>
    /// <param name="uses">How many nodes may use it.</param>
    /// <param name="until">When it expires.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="IOException">There are too many tokens, or the file cannot be written.</exception>
    public void Add(string secret, NodeRoles roles, int uses, DateTimeOffset until, DateTimeOffset now)
    {
        _entries.RemoveAll(entry => entry.Until < now);
        if (_entries.Count >= Most)
        {
            throw new IOException($"{Most} tokens wait to be used already. Use some, or wait until their time is over.");
        }

        Keep([.. _entries, new Entry(JoinToken.HashOf(secret), roles, uses, until)]);
    }

    /// <summary>Uses a token once. The remaining uses are on the disk before anything is made of it, and the token is as it was when nothing can be made.</summary>
    /// <param name="secret">The secret that a node presented.</param>
    /// <param name="wanted">The roles that the node asks for.</param>
    /// <param name="now">The time.</param>
    /// <param name="make">Makes what the token is good for.</param>
    /// <exception cref="JoinRefusedException">The token is invalid, or not for these roles.</exception>
    public T Redeem<T>(string secret, NodeRoles wanted, DateTimeOffset now, Func<T> make)
    {
        // Looked up by hash, so that the duration reveals nothing about the secret.
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

        List<Entry> before = _entries;
        Keep([.. before[..at], .. entry.Uses > 1 ? [entry with { Uses = entry.Uses - 1 }] : Array.Empty<Entry>(), .. before[(at + 1)..]]);
        try
        {
            return make();
        }
        catch
        {
            Restore(before);
            throw;
        }
    }

    private void Restore(List<Entry> entries)
    {
        try
        {
            Keep(entries);
        }
        catch (IOException)
        {
            // The disk takes nothing now. The token is good again, and is written with the next change.
            _entries = entries;
        }
    }

    private static Entry? Read(string line) =>
        line.Split(' ') is [var hash, var role, var uses, var until]
        && Digest.TryParse(hash, out Digest digest) && NodeRoleWords.Parse(role) is { } roles && int.TryParse(uses, NumberStyles.None, CultureInfo.InvariantCulture, out int left)
        && DateTimeOffset.TryParseExact(until, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTimeOffset end)
            ? new Entry(digest, roles, left, end)
            : null;

    /// <summary>Writes the list, and goes by it once it is written: a token that the disk did not take back has not been used.</summary>
    private void Keep(List<Entry> entries)
    {
        PrivateFile.Replace(path, string.Concat(entries.Select(static entry => string.Create(
            CultureInfo.InvariantCulture, $"{entry.Hash} {NodeRoleWords.Of(entry.Roles)} {entry.Uses} {entry.Until:O}\n"))));
        _entries = entries;
    }
}
