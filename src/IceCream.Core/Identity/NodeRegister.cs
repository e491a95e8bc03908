using System.Globalization;
using IceCream.Jobs;

namespace IceCream.Identity;

/// <summary>
/// The names of certified keys, and which keys are revoked: a file of lines <c>KEY IDENTITY UNTIL REVOKED</c>. A name stays with its key until the certificate
/// can no longer be renewed, or is revoked. Not thread-safe.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class NodeRegister(string path)
{
    private const string NotRevoked = "-";

    private readonly Dictionary<Digest, Entry> _entries = (PrivateFile.Read(path) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(Read).ToDictionary(static entry => entry.Key);

    private sealed record Entry(Digest Key, NodeIdentity Identity, DateTimeOffset Until, DateTimeOffset? Revoked);

    /// <summary>The revoked keys whose certificates could otherwise still be presented.</summary>
    public IEnumerable<Digest> Revoked => _entries.Values.Where(static entry => entry.Revoked is not null).Select(static entry => entry.Key);

    /// <summary>Checks that a key may be certified for a name.</summary>
    /// <exception cref="JoinRefusedException">Another key has the name, or this key is revoked.</exception>
    public void Check(Digest key, NodeIdentity identity, DateTimeOffset now)
    {
        foreach (Digest old in _entries.Values.Where(entry => now > entry.Until + FarmTrust.Renewable + FarmTrust.ClockTolerance).Select(static entry => entry.Key).ToArray())
        {
            _entries.Remove(old);
        }

        if (_entries.TryGetValue(key, out Entry? own) && own.Revoked is not null)
        {
            throw new JoinRefusedException($"The certificate of '{own.Identity.Name}' has been revoked. With a new token the machine can join under a new key, once its old identity is removed.");
        }

        if (_entries.Values.FirstOrDefault(entry => entry.Key != key && entry.Revoked is null && Clash(entry.Identity, identity)) is { } holder)
        {
            throw new JoinRefusedException(
                $"The name '{holder.Identity.Name}' belongs to another certificate, until {(holder.Until + FarmTrust.Renewable).UtcDateTime:u}. Choose another with --name, or free it: 'icehost revoke {holder.Identity.Name}'.");
        }
    }

    /// <summary>Records that a key has been certified. The record is on the disk when this returns.</summary>
    public void Add(Digest key, NodeIdentity identity, DateTimeOffset until)
    {
        _entries[key] = new Entry(key, identity, until, null);
        Keep();
    }

    /// <summary>Revokes all certificates with a name: that of a node, or an agent's as <c>USER@NODE</c>.</summary>
    /// <returns>The keys of the certificates.</returns>
    public IReadOnlyList<Digest> Revoke(string name, DateTimeOffset now)
    {
        Entry[] found = [.. _entries.Values.Where(entry => entry.Revoked is null && (entry.Identity.Name == name || entry.Identity.AgentName == name))];
        foreach (Entry entry in found)
        {
            _entries[entry.Key] = entry with { Revoked = now };
        }

        if (found.Length > 0)
        {
            Keep();
        }

        return [.. found.Select(static entry => entry.Key)];
    }

    /// <summary>Whether two identities would have the same name in the same role.</summary>
    private static bool Clash(NodeIdentity one, NodeIdentity other)
    {
        NodeRoles both = one.Roles & other.Roles;
        return (both.HasFlag(NodeRoles.Worker) && one.Name == other.Name) || (both.HasFlag(NodeRoles.Agent) && one.AgentName == other.AgentName);
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

    private void Keep() => PrivateFile.Replace(path, string.Concat(_entries.Values.Select(static entry => string.Create(
        CultureInfo.InvariantCulture, $"{entry.Key} {entry.Identity.ToUri()} {entry.Until:O} {entry.Revoked?.ToString("O", CultureInfo.InvariantCulture) ?? NotRevoked}\n"))));
}
