using System.Globalization;
using IceCream.Jobs;

namespace IceCream.Host.Rendering;

/// <summary>Prints one job: where it ran, why, and the duration of each step; then a line for each earlier job of the same file.</summary>
internal static class JobStory
{
    private const int MostEarlier = 10;

    /// <param name="output">The output.</param>
    /// <param name="job">The latest job.</param>
    /// <param name="earlier">The jobs before it, oldest first.</param>
    public static void Write(TextWriter output, JobRecord job, IReadOnlyList<JobRecord> earlier)
    {
        output.WriteLine(Terminal.Line($"{job.Subject} {PlaceOf(job)}{Because(job)}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  ended {job.Ended:u}, {job.Duration.TotalMilliseconds:0} ms in all{ExitOf(job)}"));
        foreach (JobStretch stretch in job.Timeline.Stretches)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {stretch.Duration.TotalMilliseconds,8:0.0} ms  {JobStepWords.Of(stretch.Step)}"));
        }

        Explain(output, job);
        if (earlier.Count > 0)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"before it{(earlier.Count > MostEarlier ? $", the latest {MostEarlier} of {earlier.Count}" : "")}:"));
        }

        foreach (JobRecord one in earlier.TakeLast(MostEarlier))
        {
            output.WriteLine(Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"  {one.Ended:u} {PlaceOf(one)}{Because(one)}{ExitOf(one)}")));
        }
    }

    /// <summary>Prints why the scheduler chose the worker: the expected duration on each candidate, and the real one.</summary>
    private static void Explain(TextWriter output, JobRecord job)
    {
        if (job.Placement is not { Options: [var chosen, .. var others] } placement)
        {
            return;
        }

        string basis = placement.Basis switch
        {
            ForecastBasis.Command => "as it did before",
            ForecastBasis.Group => "by what it reads, and by others of its project",
            _ => "by what it reads",
        };
        string memory = placement.PeakMemory == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" and {placement.PeakMemory >> 20} MiB");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  expected to take {placement.Forecast:0.00} s{memory} on an average worker, {basis}"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {(placement.HasWaited ? "no slot was free: it got the first that would do" : others.IsEmpty ? "the free slots were all of one worker" : "the fastest worker with a free slot")}:"));
        TimeSpan took = job.Timeline.Stretches.Where(static stretch => stretch.Step == JobStep.Compile).Aggregate(TimeSpan.Zero, static (sum, stretch) => sum + stretch.Duration);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {NameOf(chosen.Worker)}  speed {chosen.Speed:0.00}, expected {chosen.Expected:0.00} s, took {took.TotalSeconds:0.00} s"));
        foreach (PlacementOption other in others)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"    {NameOf(other.Worker)}  speed {other.Speed:0.00}, expected {other.Expected:0.00} s{(placement.HasWaited ? " once it was free" : "")}"));
        }

        if (placement.Race is { } race)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  after {race.After:0.0} s it was {(race.SecondWon ? $"late on {NameOf(race.Other)}, and done on {NameOf(chosen.Worker)} as well, which was faster" : $"done on {NameOf(race.Other)} as well, which was slower")}"));
        }
    }

    private static string NameOf(string worker) => worker.Length == 0 ? "this machine" : Terminal.Line(worker);

    private static string PlaceOf(JobRecord job) => job.Place switch
    {
        JobPlace.Remote => $"ran on worker {job.Worker}",
        JobPlace.Local => "ran on this machine",
        JobPlace.Cached => "was not run: its result was known",
        JobPlace.Joined => "was done together with an equal job",
        JobPlace.Cancelled => "was cancelled: whoever asked for it left or interrupted it",
        _ => "was not done",
    };

    private static string Because(JobRecord job) =>
        job.Reason.Length == 0 ? "" : job.Place == JobPlace.Cancelled ? $" (it ran here: {job.Reason})" : $": {job.Reason}";

    private static string ExitOf(JobRecord job) => job switch
    {
        { Place: JobPlace.Cancelled or JobPlace.Failed } or { ExitCode: 0 } => "",
        { ExitCode: { } code } => string.Create(CultureInfo.InvariantCulture, $", exit code {code}"),
        _ => ", exit code unknown",
    };
}
