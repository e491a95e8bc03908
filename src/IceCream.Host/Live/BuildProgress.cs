using System.Globalization;
using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Live;

/// <summary>The progress of a user's build, derived from its jobs; only the build system knows how many will come. Callers pass the time.</summary>
/// <param name="isOurs">Selects the jobs that count.</param>
internal sealed class BuildProgress(Func<JobBegun, bool> isOurs)
{
    private readonly Dictionary<JobId, (JobBegun Begun, JobStepBegun? Step)> _running = [];
    private readonly SortedDictionary<string, int> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<JobPlace, int> _places = [];
    private readonly List<(string Folder, int Jobs)> _former = [];
    private DateTimeOffset? _began, _heard;

    /// <summary>How many jobs have ended.</summary>
    public int Done { get; private set; }

    /// <summary>How many of them ended with an exit code other than 0.</summary>
    public int Failed { get; private set; }

    public int Running => _running.Count;

    /// <summary>The folder of the latest job.</summary>
    public string Folder { get; private set; } = "";

    /// <summary>How many jobs the last build of the same folder or a parent of it had; null if unknown.</summary>
    public int? Former => _former.FindLast(build => Folder == build.Folder || Folder.StartsWith(build.Folder + "/", StringComparison.Ordinal)) is { Jobs: > 0 } former ? former.Jobs : null;

    /// <summary>How many jobs each worker has done, by name.</summary>
    public IReadOnlyDictionary<string, int> Workers => _workers;

    /// <summary>The jobs that are under way, the oldest first.</summary>
    public IReadOnlyList<JobLine> Jobs =>
    [
        .. _running.Values.Select(static job => new JobLine(job.Begun.User, job.Begun.Subject, job.Step?.Step, job.Step?.Worker ?? "", job.Begun.At))
            .OrderBy(static job => job.Since).ThenBy(static job => job.Subject, StringComparer.Ordinal),
    ];

    /// <summary>Whether no job has been under way for longer than <see cref="BuildRecognition.Pause"/>. After a clock that was set back nothing is known of the pause, and so it counts as one.</summary>
    public bool IsResting(DateTimeOffset now) => _running.Count == 0 && (_heard is not { } heard || (now - heard).Duration() > BuildRecognition.Pause);

    /// <summary>Adds a former build.</summary>
    /// <param name="folder">Its source tree.</param>
    /// <param name="jobs">How many jobs it had.</param>
    public void Remember(string folder, int jobs) => _former.Add((folder, jobs));

    /// <summary>Applies a job event.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="now">When it was received.</param>
    public void Hear(JobEvent happened, DateTimeOffset now)
    {
        switch (happened)
        {
            case JobBegun { Purpose: not CommandPurpose.Question } begun when isOurs(begun):
                if (IsResting(now))
                {
                    StartAnew(now);
                }

                _running[begun.Job] = (begun, null);
                _heard = now;
                Folder = begun.Directory.Length > 0 ? begun.Directory : Folder;
                break;
            case JobStepBegun step when _running.TryGetValue(step.Job, out var job):
                _running[step.Job] = (job.Begun, step);
                break;
            case JobFinished finished when _running.Remove(finished.Job):
                _heard = now;
                Finish(finished.Record);
                break;
            case JobsForgotten forgotten:
                foreach (JobId job in _running.Keys.Where(job => forgotten.Agent.Length == 0 || job.Agent == forgotten.Agent).ToArray())
                {
                    _running.Remove(job);
                }

                break;
        }
    }

    /// <summary>The build in one line.</summary>
    public string Line(DateTimeOffset now)
    {
        if (_began is not { } began)
        {
            return "no build yet";
        }

        int away = _running.Values.Count(static job => job.Step?.Worker.Length > 0), waiting = _running.Values.Count(static job => job.Step?.Step == JobStep.Lease);
        int known = _places.GetValueOrDefault(JobPlace.Cached) + _places.GetValueOrDefault(JobPlace.Joined);
        string places = string.Join(", ", new[] { (away, "on workers"), (waiting, "waiting"), (_running.Count - away - waiting, "here") }
            .Where(static part => part.Item1 > 0).Select(static part => string.Create(CultureInfo.InvariantCulture, $"{part.Item1} {part.Item2}")));
        DateTimeOffset until = IsResting(now) ? _heard!.Value : now;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Count(now)} in {Between(began, until):0} s{(places.Length > 0 ? $"; now {places}" : "")}{(known > 0 ? $"; {known} known" : "")}{(Failed > 0 ? $"; {Failed} failed" : "")}{End(now)}");
    }

    /// <summary>The part that is done, from 0 to 1; null if the total is unknown.</summary>
    public double? Part => Former is { } former && Done <= former ? Done / (double)former : null;

    private string Count(DateTimeOffset now) => Former is { } former && Done <= former && !IsResting(now)
        ? string.Create(CultureInfo.InvariantCulture, $"{Done} of about {former} jobs done")
        : string.Create(CultureInfo.InvariantCulture, $"{Done} {(Done == 1 ? "job" : "jobs")} done");

    /// <summary>The time left by the pace so far; unknown before 5 jobs are done, and once the former count is reached.</summary>
    private string End(DateTimeOffset now)
    {
        const int Enough = 5;
        return Former is { } former && _began is { } began && Done >= Enough && Done < former && !IsResting(now)
            ? string.Create(CultureInfo.InvariantCulture, $"; about {Between(began, now) * (former - Done) / Done:0} s left")
            : "";
    }

    /// <summary>Seconds; none where the clock was set back in between.</summary>
    private static double Between(DateTimeOffset began, DateTimeOffset until) => Math.Max(0, (until - began).TotalSeconds);

    private void StartAnew(DateTimeOffset now)
    {
        if (Done > 0 && Failed == 0)
        {
            Remember(Folder, Done);
        }

        _began = now;
        Done = Failed = 0;
        _workers.Clear();
        _places.Clear();
    }

    private void Finish(JobRecord record)
    {
        Done++;
        Failed += record.Place == JobPlace.Failed || record.ExitCode is not (null or 0) ? 1 : 0;
        _places[record.Place] = _places.GetValueOrDefault(record.Place) + 1;
        if (record.Worker.Length > 0)
        {
            _workers[record.Worker] = _workers.GetValueOrDefault(record.Worker) + 1;
        }
    }
}
