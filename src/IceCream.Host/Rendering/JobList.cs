using System.Globalization;
using IceCream.Jobs;
using Spectre.Console;

namespace IceCream.Host.Rendering;

/// <summary>Prints a line for each job: its source, where it ran and why, and its duration in seconds.</summary>
internal static class JobList
{
    public static void Write(TextWriter output, IReadOnlyList<JobRecord> jobs)
    {
        Table table = Terminal.Table("source", "where", "seconds");
        foreach (JobRecord job in jobs)
        {
            table.Row(job.Subject, Place(job), job.Duration.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture));
        }

        Terminal.Write(output, table);
    }

    /// <summary>The worker's name, or the place and why the job did not leave.</summary>
    private static string Place(JobRecord job) =>
        job.Place == JobPlace.Remote ? job.Worker
        : job.Reason.Length > 0 ? $"{Reports.Word(job.Place)}: {job.Reason}"
        : Reports.Word(job.Place);
}
