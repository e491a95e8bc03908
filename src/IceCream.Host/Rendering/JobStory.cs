using System.Globalization;
using IceCream.Jobs;

namespace IceCream.Host.Rendering;

/// <summary>One job: where it ran, why there, and how long each stretch of its road took; and in a line each, the earlier ones of the same file.</summary>
internal static class JobStory
{
    private const int MostEarlier = 10;

    /// <param name="output">Where to.</param>
    /// <param name="job">The latest job.</param>
    /// <param name="earlier">Those before it, oldest first.</param>
    public static void Write(TextWriter output, JobRecord job, IReadOnlyList<JobRecord> earlier)
    {
        output.WriteLine($"{job.Subject} {PlaceOf(job)}{Because(job)}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  ended {job.Ended:u}, {job.Duration.TotalMilliseconds:0} ms in all{ExitOf(job)}"));
        foreach (JobStretch stretch in job.Timeline.Stretches)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {stretch.Duration.TotalMilliseconds,8:0.0} ms  {JobStepWords.Of(stretch.Step)}"));
        }

        if (earlier.Count > 0)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"before it{(earlier.Count > MostEarlier ? $", the latest {MostEarlier} of {earlier.Count}" : "")}:"));
        }

        foreach (JobRecord one in earlier.TakeLast(MostEarlier))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {one.Ended:u} {PlaceOf(one)}{Because(one)}{ExitOf(one)}"));
        }
    }

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
