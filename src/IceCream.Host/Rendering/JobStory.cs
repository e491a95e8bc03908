using System.Globalization;
using IceCream.Jobs;

namespace IceCream.Host.Rendering;

/// <summary>One job: where it ran, why there, and how long each stretch of its road took.</summary>
internal static class JobStory
{
    public static void Write(TextWriter output, JobRecord job)
    {
        string place = job.Place switch
        {
            JobPlace.Remote => $"ran on worker {job.Worker}",
            JobPlace.Local => "ran on this machine",
            JobPlace.Cached => "was not run: its result was known",
            JobPlace.Joined => "was done together with an equal job",
            _ => "was not done",
        };
        output.WriteLine($"{job.Subject} {place}{(job.Reason.Length > 0 ? $": {job.Reason}" : "")}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  ended {job.Ended:u}, {job.Duration.TotalMilliseconds:0} ms in all{(job.ExitCode == 0 ? "" : $", exit code {job.ExitCode}")}"));
        foreach (JobStretch stretch in job.Timeline.Stretches)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {stretch.Duration.TotalMilliseconds,8:0.0} ms  {stretch.Step}"));
        }
    }
}
