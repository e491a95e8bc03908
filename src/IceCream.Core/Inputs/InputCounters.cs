using System.Collections.Immutable;
using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>How often each way of finding inputs was the one that answered, and why it was not a cheaper one. Thread-safe.</summary>
internal sealed class InputCounters
{
    /// <summary>Doubts name files: there may be as many as there are sources.</summary>
    private const int MostNames = 200, LongestName = 200;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Counts a job.</summary>
    /// <param name="stage">The way that answered.</param>
    /// <param name="doubt">Why the scanner was not sure; null when it was.</param>
    public void Count(InputStage stage, string? doubt)
    {
        Count(stage switch { InputStage.Manifest => "manifest", InputStage.Scanner => "scanner", _ => $"compiler: {doubt}" }, "compiler");
    }

    /// <summary>Counts a job that is sent again.</summary>
    /// <param name="missing">What it was seen to look for.</param>
    public void CountAgain(string missing) => Count($"{JobStatistics.SentAgain}: {missing}", JobStatistics.SentAgain);

    private void Count(string name, string otherwise)
    {
        name = ShortText.Cut(name, LongestName);
        lock (_lock)
        {
            name = _counts.Count < MostNames || _counts.ContainsKey(name) ? name : otherwise;
            _counts[name] = _counts.GetValueOrDefault(name) + 1;
        }
    }

    /// <summary>The counts, most frequent first.</summary>
    public ImmutableArray<NamedCount> Read()
    {
        lock (_lock)
        {
            return [.. _counts.Select(static count => new NamedCount(count.Key, count.Value)).OrderByDescending(static count => count.Count)];
        }
    }
}
