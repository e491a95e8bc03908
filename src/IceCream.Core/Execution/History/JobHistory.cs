using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Execution.History;

/// <summary>The history of an agent since its start: counts, and the latest jobs. Safe for use by several threads.</summary>
internal sealed class JobHistory(TimeProvider time)
{
    /// <summary>How many jobs are kept individually.</summary>
    public const int Remembered = 1000;

    private const int LongestText = 1000;
    private const int MostSources = 16;

    private readonly Lock _lock = new();
    private readonly Queue<JobRecord> _recent = new(Remembered);
    private readonly Dictionary<string, long> _reasons = [];
    private readonly Dictionary<string, long> _workers = [];
    private readonly Dictionary<JobPlace, long> _places = [];
    private readonly StayCounts _stays = new();
    private long _compiles, _away, _questions;

    /// <summary>Adds a job that has ended.</summary>
    /// <param name="job">The job.</param>
    /// <param name="result">The outcome.</param>
    /// <param name="duration">From the command's arrival to its end.</param>
    /// <returns>The new record.</returns>
    public JobRecord Enter(CompileJob job, CompileResult result, TimeSpan duration)
    {
        CommandSubject about = AboutOf(job);
        return Enter(new JobRecord
        {
            Subject = SubjectOf(job, about),
            Sources = [.. about.Sources.Take(MostSources).Select(Cut)],
            Directory = Cut(job.WorkingDirectory),
            Purpose = about.Purpose,
            Place = result.Place,
            Worker = result.Worker,
            Slot = result.Place == JobPlace.Remote ? result.Slot : 0,
            ExitCode = result.IsExitKnown ? result.ExitCode : null,
            Duration = duration,
            Timeline = result.Timeline,
            Placement = result.Placement,
        }, result);
    }

    /// <summary>The subject of a job, for people, and its purpose.</summary>
    public static (string Subject, CommandPurpose Purpose) Describe(CompileJob job)
    {
        CommandSubject about = AboutOf(job);
        return (SubjectOf(job, about), about.Purpose);
    }

    /// <summary>Adds a request that was not understood and that its launcher executes itself: it counts as a compile, as most requests are.</summary>
    /// <param name="why">The problem.</param>
    public void Refuse(string why) => Enter(
        new JobRecord { Subject = "a request that was not understood", Place = JobPlace.Local },
        new CompileResult { Place = JobPlace.Local, LocalOnly = new LocalOnlyReason(LocalOnlyKind.Refused, why) });

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
                Cancelled = _places.GetValueOrDefault(JobPlace.Cancelled),
                Compiles = _compiles,
                CompilesAway = _away,
                Questions = _questions,
                Reasons = MostFrequentFirst(_reasons),
                Stays = _stays.Read(),
                Workers = MostFrequentFirst(_workers),
                Recent = [.. _recent],
            };
        }
    }

    private static CommandSubject AboutOf(CompileJob job) => job.Subject ?? CommandSubjects.Of(job.CommandLine, job.WorkingDirectory);

    private static string SubjectOf(CompileJob job, CommandSubject about) => Cut(NameOf(about) ?? string.Join(' ', job.CommandLine));

    private JobRecord Enter(JobRecord record, CompileResult result)
    {
        LocalOnlyReason? reason = result.LocalOnly
            ?? (result.Failure is { } failure ? new LocalOnlyReason(LocalOnlyKind.FarmFailure, failure.ToString()) : null);
        record = record with { Kind = reason?.Kind, Reason = Cut(reason?.ToString() ?? ""), Ended = time.GetUtcNow() };
        lock (_lock)
        {
            Count(_places, record.Place);
            _questions += record.Purpose == CommandPurpose.Question ? 1 : 0;
            if (record.Place != JobPlace.Cancelled)
            {
                CountCompile(record);
                if (reason is not null)
                {
                    Count(_reasons, reason.Kind.ToString());
                    _stays.Count(record.Purpose, reason, record.Reason);
                }
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

        return record;
    }

    private void CountCompile(JobRecord record)
    {
        if (record.Purpose == CommandPurpose.Compile)
        {
            _compiles++;
            _away += record.Place is JobPlace.Remote or JobPlace.Cached or JobPlace.Joined ? 1 : 0;
        }
    }

    /// <summary>The file that a command is about; for a probe without a file, the arguments say more.</summary>
    private static string? NameOf(CommandSubject about) =>
        about.Purpose == CommandPurpose.Question && about.Sources.All(static source => source.StartsWith("/dev/", StringComparison.Ordinal)) ? null
        : about.Sources.FirstOrDefault() ?? about.Product;

    private static void Count<T>(Dictionary<T, long> counts, T name)
        where T : notnull => counts[name] = counts.GetValueOrDefault(name) + 1;

    private static ImmutableArray<NamedCount> MostFrequentFirst(Dictionary<string, long> counts) =>
        [.. counts.Select(c => new NamedCount(c.Key, c.Value)).OrderByDescending(c => c.Count).ThenBy(c => c.Name, StringComparer.Ordinal)];

    /// <summary>Shortens a text: records must fit into one message, and a failure's text may be as long as a compiler's output.</summary>
    private static string Cut(string text) => ShortText.Abridge(text, LongestText);
}
