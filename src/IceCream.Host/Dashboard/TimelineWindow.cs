using System.Collections.Immutable;
using System.Text.Json;
using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Dashboard;

/// <summary>
/// The use of a farm's slots within a period, in an answer of bounded length: single jobs if they are few, else each machine's use in each of up to some hundred
/// equal parts of the period.
/// </summary>
internal sealed class TimelineWindow
{
    /// <summary>The most jobs that are written one by one.</summary>
    public const int MostJobs = 4000;

    /// <summary>The longest period: a week on the screen, and about a week on either side.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(22);

    /// <summary>The most parts of all machines together.</summary>
    public const int MostCells = 60_000;

    /// <summary>The most machines, of which the last stands for all others, and the most parts of each.</summary>
    private const int MostMachines = 1000, MostParts = 600;

    private readonly DateTimeOffset _from, _to;
    private readonly List<PastJob> _jobs = [];
    private readonly Dictionary<string, Machine> _machines = new(StringComparer.Ordinal);
    private readonly double _part;
    private long _count;

    private TimelineWindow(DateTimeOffset from, DateTimeOffset to) => (_from, _to, _part) = (from, to, (to - from).TotalSeconds / MostParts);

    /// <summary>Collects the jobs that ran on a machine within a period.</summary>
    /// <param name="jobs">The farm's jobs.</param>
    /// <param name="from">The start of the period.</param>
    /// <param name="to">Its end; later than the start by at most <see cref="Longest"/>.</param>
    public static TimelineWindow Of(FarmJobs jobs, DateTimeOffset from, DateTimeOffset to)
    {
        // Jobs are looked up by their end, and a job under way at the window's end is found only if it ends within this time after it.
        TimeSpan longestJob = TimeSpan.FromMinutes(10);
        var window = new TimelineWindow(from, to);
        foreach (PastJob job in jobs.Between(from, to + longestJob))
        {
            window.Add(job);
        }

        return window;
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("from", _from);
        json.WriteString("to", _to);
        json.WriteNumber("count", _count);
        if (_count <= MostJobs)
        {
            json.WriteStartArray("jobs");
            foreach (PastJob job in _jobs)
            {
                DashboardJson.WriteFinished(json, job.Job);
            }

            json.WriteEndArray();
        }
        else
        {
            WriteMachines(json);
        }

        json.WriteEndObject();
    }

    private void WriteMachines(Utf8JsonWriter json)
    {
        // Rounded up: a part more for each machine could double the answer.
        int parts = Math.Clamp(MostCells / Math.Max(1, _machines.Count), 1, MostParts), together = (MostParts + parts - 1) / parts;
        json.WriteNumber("part", _part * together);
        json.WriteStartArray("machines");
        foreach ((string key, Machine machine) in _machines.OrderBy(static machine => machine.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteNumber("jobs", machine.Jobs);

            // For each part with any work: its number, the slot seconds, the user with most of them, and the number of failed jobs.
            json.WriteStartArray("parts");
            for (int i = 0; i < MostParts; i += together)
            {
                Cell[] cells = machine.Cells[i..Math.Min(MostParts, i + together)];
                double seconds = cells.Sum(static cell => cell.Seconds);
                if (seconds > 0)
                {
                    json.WriteStartArray();
                    json.WriteNumberValue(i / together);
                    json.WriteNumberValue(Math.Round(seconds, 2));
                    json.WriteStringValue(cells.MaxBy(static cell => cell.Seconds).User);
                    json.WriteNumberValue(cells.Sum(static cell => cell.Failed));
                    json.WriteEndArray();
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Add(PastJob past)
    {
        (JobFinished job, JobRecord record) = (past.Job, past.Job.Record);
        string? key = record.Place switch { JobPlace.Remote => record.Worker, JobPlace.Local => $"~ {job.Job.Agent}", _ => null };
        (DateTimeOffset start, DateTimeOffset stop) = Stay(job);
        if (key is null || stop <= start || stop < _from || start > _to)
        {
            return;
        }

        _count++;
        if (_count <= MostJobs)
        {
            _jobs.Add(past);
        }

        if (!_machines.TryGetValue(key, out Machine? machine))
        {
            key = _machines.Count < MostMachines - 1 ? key : "(others)";
            if (!_machines.TryGetValue(key, out machine))
            {
                _machines.Add(key, machine = new Machine());
            }
        }

        machine.Jobs++;
        double begin = Math.Max(0, (start - _from).TotalSeconds), end = Math.Min((_to - _from).TotalSeconds, (stop - _from).TotalSeconds);
        int last = Math.Min(MostParts - 1, (int)(end / _part));
        for (int i = Math.Min(MostParts - 1, (int)(begin / _part)); i <= last; i++)
        {
            machine.Cells[i].Add(job.User, Math.Min(end, (i + 1) * _part) - Math.Max(begin, i * _part));
        }

        machine.Cells[last].Failed += record.ExitCode is > 0 ? 1 : 0;
    }

    /// <summary>When a job held its slot; if that was not reported, when it was away.</summary>
    private static (DateTimeOffset Start, DateTimeOffset Stop) Stay(JobFinished job)
    {
        ImmutableArray<JobStretch> road = job.Record.Timeline.Stretches;
        if (job.Record.Place == JobPlace.Local)
        {
            return Stay(job.At, road, static step => step == JobStep.LocalCompile);
        }

        (DateTimeOffset start, DateTimeOffset stop) = Stay(job.At, road, static step => step is JobStep.Prepare or JobStep.Compile or JobStep.Collect);
        return stop > start ? (start, stop) : Stay(job.At, road, static step => step is >= JobStep.Send and <= JobStep.Receive);
    }

    /// <summary>The time of the last contiguous run of steps that satisfy a condition.</summary>
    private static (DateTimeOffset Start, DateTimeOffset Stop) Stay(DateTimeOffset end, ImmutableArray<JobStretch> road, Func<JobStep, bool> isThere)
    {
        long tail = 0, length = 0;
        for (int i = road.Length - 1; i >= 0 && (length == 0 || isThere(road[i].Step)); i--)
        {
            tail += isThere(road[i].Step) ? 0 : road[i].Duration.Ticks;
            length += isThere(road[i].Step) ? road[i].Duration.Ticks : 0;
        }

        return (end.AddTicks(-tail - length), end.AddTicks(-tail));
    }

    private sealed class Machine
    {
        public int Jobs { get; set; }

        public Cell[] Cells { get; } = new Cell[MostParts];
    }

    /// <summary>A part of a machine's time. A majority vote (Boyer-Moore) finds its main user: exact if one user has more than half.</summary>
    private struct Cell
    {
        private double _lead;

        public string User { get; private set; }

        public double Seconds { get; private set; }

        public int Failed { get; set; }

        public void Add(string user, double seconds)
        {
            Seconds += seconds;
            if (User == user)
            {
                _lead += seconds;
            }
            else if (seconds > _lead)
            {
                (User, _lead) = (user, seconds - _lead);
            }
            else
            {
                _lead -= seconds;
            }
        }
    }
}
