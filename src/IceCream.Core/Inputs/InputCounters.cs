using System.Collections.Immutable;
using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>Counts how the inputs of jobs were found, and why a cheaper way failed. Thread-safe.</summary>
internal sealed class InputCounters
{
    /// <summary>The most names, and the longest one. Doubts contain file names: there may be as many as there are sources.</summary>
    private const int MostNames = 200, LongestName = 200;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Counts a job.</summary>
    /// <param name="stage">The way by which the inputs were found.</param>
    /// <param name="doubt">The scanner's doubt; null when it had none.</param>
    public void Count(InputStage stage, string? doubt)
    {
        Count(stage switch { InputStage.Manifest => "manifest", InputStage.Scanner => "scanner", _ => $"compiler: {doubt}" }, "compiler");
    }

    /// <summary>Counts a job that is sent again.</summary>
    /// <param name="missing">The path that it looked for.</param>
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

    public ImmutableArray<NamedCount> Read()
    {
        lock (_lock)
        {
            return [.. _counts.Select(static count => new NamedCount(count.Key, count.Value)).OrderByDescending(static count => count.Count)];
        }
    }
}
