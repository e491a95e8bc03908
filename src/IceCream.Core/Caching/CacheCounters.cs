using System.Collections.Immutable;
using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>Counts cache hits, misses and stores, with the reasons. Thread-safe.</summary>
internal sealed class CacheCounters
{
    public const string Hit = "hit", Joined = "joined", Kept = "kept", Wrong = "verified: wrong", Right = "verified: the same",
        Restless = "verified: the compile differs from run to run", NotVerified = "verified: could not be compiled again";

    /// <summary>The most names, and the longest one. Reasons contain file names, of which there may be many.</summary>
    private const int MostNames = 200, LongestName = 200;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Receives the full name of each count.</summary>
    public Action<string>? Counted { get; init; }

    public void Count(string name)
    {
        name = ShortText.Cut(name, LongestName);
        lock (_lock)
        {
            name = _counts.Count < MostNames || _counts.ContainsKey(name) ? name : name.Split(':')[0];
            _counts[name] = _counts.GetValueOrDefault(name) + 1;
        }

        Counted?.Invoke(name);
    }

    public long Of(string name)
    {
        lock (_lock)
        {
            return _counts.GetValueOrDefault(name);
        }
    }

    public ImmutableArray<NamedCount> Read()
    {
        lock (_lock)
        {
            return [.. _counts.Select(static count => new NamedCount(count.Key, count.Value))
                .OrderByDescending(static count => count.Count).ThenBy(static count => count.Name, StringComparer.Ordinal)];
        }
    }
}
