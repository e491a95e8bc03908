using System.Diagnostics.Metrics;
using IceCream.Jobs;

namespace IceCream.Diagnostics;

/// <summary>
/// The meter <c>IceCream</c>. For an agent: jobs by place and reason, and the duration of each step. For a worker: what it publishes to the shared
/// cache.
/// </summary>
internal sealed class JobMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _jobs;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _lookups;
    private readonly Counter<long> _hedges;
    private readonly Counter<double> _wasted;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _stretch;

    /// <param name="factory">Creates the meter; null: a private meter that nobody listens to.</param>
    public JobMetrics(IMeterFactory? factory = null)
    {
        _meter = factory?.Create("IceCream") ?? new Meter("IceCream");
        _jobs = _meter.CreateCounter<long>("icecream.jobs", "{job}", "Jobs by where they were done, and by reason when not on a worker.");
        _failures = _meter.CreateCounter<long>("icecream.worker.failures", "{failure}", "Jobs that a worker failed at, by its own doing, and by worker.");
        _lookups = _meter.CreateCounter<long>("icecream.cache.lookups", "{lookup}", "Looks for known results and what was kept, by outcome.");
        _hedges = _meter.CreateCounter<long>("icecream.hedges", "{job}", "Jobs that were done in two places at once, by whether the second attempt won.");
        _wasted = _meter.CreateCounter<double>("icecream.hedges.wasted", "s", "What the cancelled attempts of such jobs have cost, in seconds of an average worker.");
        _duration = _meter.CreateHistogram<double>("icecream.job.duration", "s", "From a command's arrival to its end.");
        _stretch = _meter.CreateHistogram<double>("icecream.job.stretch", "s", "One stretch of a job's road.");
    }

    /// <summary>Counts a job that has ended.</summary>
    public void Record(CompileResult result, TimeSpan duration)
    {
        var place = new KeyValuePair<string, object?>("place", result.Place.ToString());
        _jobs.Add(1, place, new KeyValuePair<string, object?>("reason", result.LocalOnly?.Kind.ToString() ?? ""));
        _duration.Record(duration.TotalSeconds, place);
        foreach (JobStretch stretch in result.Timeline.Stretches)
        {
            _stretch.Record(stretch.Duration.TotalSeconds, new KeyValuePair<string, object?>("step", stretch.Step.ToString()));
        }
    }

    /// <summary>Counts a job that its worker failed at, whatever happens to the job afterwards.</summary>
    public void RecordFailure(string worker) => _failures.Add(1, new KeyValuePair<string, object?>("worker", worker));

    /// <summary>Counts a job that was done in two places at once.</summary>
    /// <param name="outcome">Whether the second attempt won or lost.</param>
    /// <param name="wasted">What the cancelled attempt has cost, in seconds of an average worker.</param>
    public void RecordHedge(string outcome, double wasted)
    {
        _hedges.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        _wasted.Add(wasted);
    }

    /// <summary>Counts the outcome of a cache lookup or store, by its first word.</summary>
    public void RecordCache(string outcome) => _lookups.Add(1, new KeyValuePair<string, object?>("outcome", outcome.Split(':')[0]));

    public void Dispose() => _meter.Dispose();
}
