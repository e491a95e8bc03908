using System.Globalization;
using IceCream.Jobs;

namespace IceCream.Identity;

/// <summary>
/// The names of certified keys, and which keys are revoked: a file of lines <c>KEY IDENTITY UNTIL REVOKED</c>. A name stays with its key until the certificate
/// can no longer be renewed, or is revoked. A machine that joins again under another name keeps its key: the former name stays with it until that certificate has
/// ended, and the key can be revoked by either. Not thread-safe.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class NodeRegister(string path)
{
    private const string NotRevoked = "-";

    /// <summary>The certificates, those of one key in the order in which they were made.</summary>
    private List<Entry> _entries = Arrange((PrivateFile.Read(path) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read));

    /// <param name="Key">The key.</param>
    /// <param name="Identity">What it is certified as.</param>
    /// <param name="Until">The end of the certificate.</param>
    /// <param name="Revoked">When the key was revoked; null when it is not.</param>
    private sealed record Entry(Digest Key, NodeIdentity Identity, DateTimeOffset Until, DateTimeOffset? Revoked)
    {
        /// <summary>Whether the key has not been certified as something else since.</summary>
        public bool IsLatest { get; init; } = true;

        /// <summary>Until when the name is the key's: an earlier name of the same machine is free once nobody can show a certificate with it.</summary>
        public DateTimeOffset HeldUntil => IsLatest ? Until + FarmTrust.Renewable : Until;
    }

    /// <summary>The revoked keys whose certificates could otherwise still be presented.</summary>
    public IEnumerable<Digest> Revoked => _entries.Where(static entry => entry.Revoked is not null).Select(static entry => entry.Key).Distinct();

    /// <summary>Checks that a key may be certified for a name.</summary>
    /// <exception cref="JoinRefusedException">Another key has the name, or this key is revoked.</exception>
    public void Check(Digest key, NodeIdentity identity, DateTimeOffset now)
    {
        _entries.RemoveAll(entry => now > entry.HeldUntil + FarmTrust.ClockTolerance);
        if (_entries.Find(entry => entry.Key == key && entry.Revoked is not null) is { } own)
        {
            throw new JoinRefusedException($"The certificate of '{own.Identity.Name}' has been revoked. With a new token the machine can join under a new key, once its old identity is removed.");
        }

        if (_entries.Find(entry => entry.Key != key && entry.Revoked is null && Clash(entry.Identity, identity)) is { } holder)
        {
            throw new JoinRefusedException(
                $"The name '{holder.Identity.Name}' belongs to another certificate, until {holder.HeldUntil.UtcDateTime:u}. Choose another with --name, or free it: 'icehost revoke {holder.Identity.Name}'.");
        }
    }

    /// <summary>Records that a key has been certified. The record is on the disk when this returns.</summary>
    public void Add(Digest key, NodeIdentity identity, DateTimeOffset until) =>
        Keep(Arrange([.. _entries.Where(entry => entry.Key != key || entry.Identity != identity), new Entry(key, identity, until, null)]));

    /// <summary>The keys that are certified with a name: that of a node, or an agent's as <c>USER@NODE</c>.</summary>
    public IReadOnlyList<Digest> KeysOf(string name, DateTimeOffset now) =>
    [
        .. _entries.Where(entry => entry.Revoked is null && now <= entry.HeldUntil + FarmTrust.ClockTolerance && (entry.Identity.Name == name || entry.Identity.AgentName == name))
            .Select(static entry => entry.Key).Distinct(),
    ];

    /// <summary>Revokes all certificates of some keys. The record is on the disk when this returns.</summary>
    public void Revoke(IReadOnlyList<Digest> keys, DateTimeOffset now)
    {
        if (keys.Count > 0)
        {
            var revoked = keys.ToHashSet();
            Keep([.. _entries.Select(entry => entry.Revoked is null && revoked.Contains(entry.Key) ? entry with { Revoked = now } : entry)]);
        }
    }

    /// <summary>Marks which certificate of each key is its latest.</summary>
    private static List<Entry> Arrange(IEnumerable<Entry> entries)
    {
        List<Entry> arranged = [.. entries];
        var later = new HashSet<Digest>();
        for (int i = arranged.Count - 1; i >= 0; i--)
        {
            arranged[i] = arranged[i] with { IsLatest = later.Add(arranged[i].Key) };
        }

        return arranged;
    }

    /// <summary>Whether two identities could go by the same name in the same role: an agent also goes by the names below its own.</summary>
    private static bool Clash(NodeIdentity one, NodeIdentity other)
    {
        NodeRoles both = one.Roles & other.Roles;
        return (both.HasFlag(NodeRoles.Worker) && one.Name == other.Name)
            || (both.HasFlag(NodeRoles.Agent) && (one.OwnsAgentName(other.AgentName) || other.OwnsAgentName(one.AgentName)));
    }

    /// <exception cref="IOException">A line is damaged: skipping it could forget a revocation.</exception>
    private static Entry Read(string line)
    {
        DateTimeOffset? revoked = null;
        return line.Split(' ') is [var key, var uri, var until, var withdrawn]
            && Digest.TryParse(key, out Digest digest) && NodeIdentity.TryParse(uri, out NodeIdentity? identity) && MomentOf(until) is { } end
            && (withdrawn == NotRevoked || (revoked = MomentOf(withdrawn)) is not null)
                ? new Entry(digest, identity, end, revoked)
                : throw new IOException($"The list of the farm's nodes is damaged at '{line}': without it nobody can tell who is revoked. Restore it, or remove the authority's folder and let every machine join again.");
    }

    private static DateTimeOffset? MomentOf(string text) =>
        DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTimeOffset moment) ? moment : null;

    /// <summary>Writes the list, and goes by it once it is written: what the disk did not take can be tried again.</summary>
    private void Keep(List<Entry> entries)
    {
        PrivateFile.Replace(path, string.Concat(entries.Select(static entry => string.Create(
            CultureInfo.InvariantCulture, $"{entry.Key} {entry.Identity.ToUri()} {entry.Until:O} {entry.Revoked?.ToString("O", CultureInfo.InvariantCulture) ?? NotRevoked}\n"))));
        _entries = entries;
    }
}
