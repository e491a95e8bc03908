using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>What an agent has done since it started: counts, and the latest jobs. Safe for use by several threads.</summary>
internal sealed class JobLedger(TimeProvider time)
{
    /// <summary>How many jobs it remembers one by one.</summary>
    public const int Remembered = 1000;

    private const int LongestText = 1000;

    private readonly Lock _lock = new();
    private readonly Queue<JobRecord> _recent = new(Remembered);
    private readonly Dictionary<string, long> _reasons = [];
    private readonly Dictionary<string, long> _workers = [];
    private readonly Dictionary<JobPlace, long> _places = [];

    /// <summary>Enters a job that has ended, or that was handed back to its launcher (place <see cref="JobPlace.Local"/>, exit code 0).</summary>
    /// <param name="job">The job.</param>
    /// <param name="result">What became of it.</param>
    /// <param name="duration">From the command's arrival to its end.</param>
    public void Enter(CompileJob job, CompileResult result, TimeSpan duration)
    {
        var record = new JobRecord
        {
            Subject = Cut(job.Invocation?.Source ?? string.Join(' ', job.CommandLine.Take(4))),
            Place = result.Place,
            Worker = result.Worker,
            Reason = Cut(result.LocalOnly?.ToString() ?? result.Failure?.ToString() ?? ""),
            ExitCode = result.ExitCode,
            Duration = duration,
            Ended = time.GetUtcNow(),
            Timeline = result.Timeline,
        };
        LocalOnlyKind? reason = result.LocalOnly?.Kind ?? (result.Failure is null ? null : LocalOnlyKind.FarmFailure);

        lock (_lock)
        {
            Count(_places, record.Place);
            if (reason is { } kind)
            {
                Count(_reasons, kind.ToString());
            }

            if (record.Worker.Length > 0)
            {
                Count(_workers, record.Worker);
            }

            if (_recent.Count == Remembered)
            {
                _recent.Dequeue();
            }

            _recent.Enqueue(record);
        }
    }

    /// <summary>The ledger as it is now.</summary>
    public JobStatistics Read()
    {
        lock (_lock)
        {
            return new JobStatistics
            {
                Remote = _places.GetValueOrDefault(JobPlace.Remote),
                Local = _places.GetValueOrDefault(JobPlace.Local),
                Cached = _places.GetValueOrDefault(JobPlace.Cached),
                Joined = _places.GetValueOrDefault(JobPlace.Joined),
                Failed = _places.GetValueOrDefault(JobPlace.Failed),
                Reasons = MostFrequentFirst(_reasons),
                Workers = MostFrequentFirst(_workers),
                Recent = [.. _recent],
            };
        }
    }

    private static void Count<T>(Dictionary<T, long> counts, T name)
        where T : notnull => counts[name] = counts.GetValueOrDefault(name) + 1;

    private static ImmutableArray<NamedCount> MostFrequentFirst(Dictionary<string, long> counts) =>
        [.. counts.Select(c => new NamedCount(c.Key, c.Value)).OrderByDescending(c => c.Count).ThenBy(c => c.Name, StringComparer.Ordinal)];

    /// <summary>Records travel in one message; a failure's text may be as long as what a compiler wrote.</summary>
    private static string Cut(string text) => text.Length <= LongestText ? text : string.Concat(text.AsSpan(0, LongestText - 1), "…");
}
