using System.Diagnostics.Metrics;
using IceCream.Jobs;
using IceCream.Monitoring;
using Prometheus;

namespace IceCream.Host.Dashboard;

/// <summary>
/// The farm's metrics for Prometheus: the meter <c>IceCream.Farm</c>, fed by job events and the scheduler's node status, and this process's other meters whose names
/// begin with IceCream.
/// </summary>
internal sealed class FarmMetrics : IAsyncDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>The most users and workers with series of their own; further names share one, because many thousands of series would burden the scraper.</summary>
    private const int MostNames = 1000;

    private static readonly double[] Buckets = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300];

    private readonly DashboardSource _source;
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly Meter _meter;
    private readonly Counter<long> _jobs, _reasons, _lost;
    private readonly Counter<double> _cpu;
    private readonly Histogram<double> _duration, _step;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly JobEventSubscription _subscription;
    private readonly CancellationTokenSource _ending = new();
    private readonly IDisposable _adapter;
    private readonly Task _counting;
    private FarmStatus _status;

    /// <param name="source">The farm.</param>
    /// <param name="meters">Creates the meter.</param>
    public FarmMetrics(DashboardSource source, IMeterFactory meters)
    {
        _source = source;
        _meter = meters.Create("IceCream.Farm");
        _status = source.Describe();
        _adapter = MeterAdapter.StartListening(new MeterAdapterOptions
        {
            Registry = _registry,
            MetricFactory = Metrics.WithCustomRegistry(_registry),
            InstrumentFilterPredicate = static instrument => instrument.Meter.Name.StartsWith("IceCream", StringComparison.Ordinal),
            ResolveHistogramBuckets = static _ => Buckets,

            // An idle series is kept for a day, the library's longest time: a rate over an hour must not restart after a short break.
            MetricsExpireAfter = TimeSpan.FromDays(1),
        });
        // The exporter prefixes each of these names with the meter's name.
        _jobs = _meter.CreateCounter<long>("jobs", "{job}", "Jobs that have ended, by user, by where they were done and by what they were for.");
        _reasons = _meter.CreateCounter<long>("jobs.at_home", "{job}", "Jobs done by the submitting machine, by the class of the reason.");
        _lost = _meter.CreateCounter<long>("events.lost", "{event}", "Events that were lost on the way, because somebody was too slow.");
        _cpu = _meter.CreateCounter<double>("cpu", "s", "Time of processors that jobs took, by worker.");
        _duration = _meter.CreateHistogram<double>("job.duration", "s", "From a command's arrival to its end, by where it was done.");
        _step = _meter.CreateHistogram<double>("job.step.duration", "s", "Each step of a job's road.");
        _meter.CreateObservableGauge("nodes", () => _status.Nodes.GroupBy(static node => node.State).Select(static state => new Measurement<int>(state.Count(), Tag("state", state.Key))), "{node}", "Nodes, by state.");
        _meter.CreateObservableGauge("slots", () => PerWorker(static node => node.Slots), "{slot}", "Slots, by worker.");
        _meter.CreateObservableGauge("slots.busy", () => PerWorker(static node => node.Running), "{slot}", "Slots that are leased, by worker.");
        _meter.CreateObservableGauge("worker.speed", () => PerWorker(static node => node.Speed), "1", "How fast a worker is, where the average one has 1.");
        _meter.CreateObservableGauge("jobs.waiting", () => _status.Nodes.Sum(static node => node.Waiting), "{job}", "Jobs that wait for a slot.");
        _meter.CreateObservableGauge("jobs.running", () => _source.Jobs.Stream.Running().Count, "{job}", "Jobs under way, wherever they are.");
        _meter.CreateObservableCounter("jobs.not_kept", () => _source.Jobs.Unlogged, "{job}", "Jobs that the disk did not take: the past does not show them.");
        _subscription = source.Jobs.Stream.Subscribe();
        _counting = CountAsync(_ending.Token);
    }

    /// <summary>Exports the current values in Prometheus' text format.</summary>
    public async Task<byte[]> ExportAsync(CancellationToken cancellationToken)
    {
        _status = _source.Describe();
        using var text = new MemoryStream();
        await _registry.CollectAndExportAsTextAsync(text, cancellationToken);
        return text.ToArray();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _counting;
        _subscription.Dispose();
        _adapter.Dispose();
        _meter.Dispose();
        _ending.Dispose();
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private IEnumerable<Measurement<T>> PerWorker<T>(Func<NodeInfo, T> value)
        where T : struct => _status.Nodes.Where(static node => node.Slots > 0).Take(MostNames).Select(node => new Measurement<T>(value(node), Tag("worker", node.Name)));

    private async Task CountAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (JobEvent happened in _subscription.ReadAllAsync(cancellationToken))
            {
                switch (happened)
                {
                    case JobFinished finished:
                        Count(finished);
                        break;
                    case JobEventsLost lost:
                        _lost.Add(lost.Count);
                        break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The dashboard stops.
        }
    }

    private void Count(JobFinished finished)
    {
        JobRecord record = finished.Record;
        KeyValuePair<string, object?> place = Tag("place", JobNames.Of(record.Place));
        _jobs.Add(1, place, Tag("user", Known(finished.User)), Tag("purpose", JobNames.Of(record.Purpose)));
        _duration.Record(record.Duration.TotalSeconds, place);
        if (record.Kind is { } kind)
        {
            _reasons.Add(1, Tag("reason", System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString())));
        }

        if (record.Worker.Length > 0 && finished.Cpu > TimeSpan.Zero)
        {
            _cpu.Add(finished.Cpu.TotalSeconds, Tag("worker", Known(record.Worker)));
        }

        foreach (JobStretch stretch in record.Timeline.Stretches)
        {
            _step.Record(stretch.Duration.TotalSeconds, Tag("step", JobNames.Of(stretch.Step)));
        }
    }

    private string Known(string name) => _names.Contains(name) || (_names.Count < MostNames && _names.Add(name)) ? name : "(others)";
}
