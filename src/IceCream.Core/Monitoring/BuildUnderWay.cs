using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>A build under way, whose jobs are counted as they end.</summary>
internal sealed class BuildUnderWay(long id, JobId first, string user, string name, string folder, DateTimeOffset began)
{
    private readonly HashSet<JobId> _running = [];
    private readonly SortedDictionary<string, int> _places = new(StringComparer.Ordinal), _workers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, double> _steps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _reasons = new(StringComparer.Ordinal);
    private readonly PriorityQueue<BuildFile, double> _slowest = new();
    private int _jobs, _failed, _most;
    private double _compiling, _cpu;

    public long Id => id;

    /// <summary>The agent that submits its jobs.</summary>
    public string Agent => first.Agent;

    /// <summary>The build's name; empty when it has none.</summary>
    public string Name => name;

    /// <summary>The tree that holds the folders of its jobs.</summary>
    public string Folder { get; private set; } = folder;

    /// <summary>When its first job began.</summary>
    public DateTimeOffset Began { get; } = began;

    /// <summary>The time of its last event.</summary>
    public DateTimeOffset Heard { get; private set; } = began;

    /// <summary>How many of its jobs are under way.</summary>
    public int Running => _running.Count;

    /// <summary>How many compiles have ended.</summary>
    public int Compiles { get; private set; }

    /// <summary>How many compiles the agent's machine runs at a time by itself.</summary>
    public int LocalSlots { get; set; }

    /// <summary>The headers that cost most, by the agent's last report.</summary>
    public ImmutableArray<HeaderCost> Headers { get; set; } = [];

    /// <summary>Takes note of a job that has begun somewhere in its tree.</summary>
    /// <param name="tree">The tree that now holds all folders.</param>
    /// <param name="at">When the job began.</param>
    public void Widen(string tree, DateTimeOffset at)
    {
        Folder = tree;
        Hear(at);
    }

    /// <summary>Adds a job that is under way from now on.</summary>
    public void Begin(JobId job)
    {
        _running.Add(job);
        _most = Math.Max(_most, _running.Count);
    }

    /// <summary>Counts a job that has ended.</summary>
    public void Finish(JobFinished finished)
    {
        JobRecord record = finished.Record;
        _running.Remove(finished.Job);
        Hear(finished.At);
        _jobs++;
        Compiles += record.Purpose == CommandPurpose.Compile ? 1 : 0;
        _failed += record.ExitCode is not (null or 0) ? 1 : 0;
        Count(_places, JobNames.Of(record.Place));
        if (record.Worker.Length > 0 && (_workers.Count < BuildSummary.MostWorkers || _workers.ContainsKey(record.Worker)))
        {
            Count(_workers, record.Worker);
        }

        if (record.Reason.Length > 0 && record.Purpose == CommandPurpose.Compile && (_reasons.Count < BuildSummary.MostReasons * 10 || _reasons.ContainsKey(record.Reason)))
        {
            _reasons[record.Reason] = _reasons.GetValueOrDefault(record.Reason) + 1;
        }

        double seconds = 0;
        foreach (JobStretch stretch in record.Timeline.Stretches)
        {
            _steps[JobNames.Of(stretch.Step)] = _steps.GetValueOrDefault(JobNames.Of(stretch.Step)) + stretch.Duration.TotalSeconds;
            seconds += stretch.Step is JobStep.Compile or JobStep.LocalCompile ? stretch.Duration.TotalSeconds : 0;
        }

        _compiling += seconds;
        _cpu += finished.Cpu.TotalSeconds;
        _slowest.Enqueue(new BuildFile(record.Subject, Math.Round(seconds, 3), JobNames.Of(record.Place), record.Worker), seconds);
        if (_slowest.Count > BuildSummary.MostFiles)
        {
            _slowest.Dequeue();
        }
    }

    /// <summary>Drops the jobs under way, whose ends will not be counted: the agent has left, or the build ends without them.</summary>
    /// <returns>The dropped jobs.</returns>
    public JobId[] Forget()
    {
        JobId[] dropped = [.. _running];
        _running.Clear();
        return dropped;
    }

    /// <summary>Summarises the build as it is now.</summary>
    public BuildSummary Describe(bool isRunning) => new()
    {
        Id = id,
        Name = name,
        User = user,
        Agent = Agent,
        Folder = Folder,
        Began = Began,
        Ended = Heard,
        IsRunning = isRunning,
        Jobs = _jobs,
        Compiles = Compiles,
        Failed = _failed,
        Places = _places.ToImmutableSortedDictionary(StringComparer.Ordinal),
        CompileSeconds = Math.Round(_compiling, 3),
        CpuSeconds = Math.Round(_cpu, 3),
        MostAtOnce = _most,
        LocalSlots = LocalSlots,
        Slowest = [.. _slowest.UnorderedItems.OrderByDescending(static item => item.Priority).Select(static item => item.Element)],
        Reasons = [.. _reasons.OrderByDescending(static reason => reason.Value).ThenBy(static reason => reason.Key, StringComparer.Ordinal)
            .Take(BuildSummary.MostReasons).Select(static reason => new BuildReason(reason.Key, reason.Value))],
        Headers = [.. Headers.Select(static header => new BuildHeader(header.Path, header.Bytes, header.Jobs, Math.Round(header.Cost.TotalSeconds, 3)))],
        Workers = _workers.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Steps = _steps.ToImmutableSortedDictionary(static step => step.Key, static step => Math.Round(step.Value, 3), StringComparer.Ordinal),
    };

    private void Hear(DateTimeOffset at) => Heard = at > Heard ? at : Heard;

    private static void Count(SortedDictionary<string, int> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;
}
