using System.Globalization;
using IceCream.Jobs;
using Spectre.Console;

namespace IceCream.Host.Rendering;

/// <summary>What became of jobs: how many ran where, why not elsewhere, and the latest that went wrong.</summary>
internal static class JobsTable
{
    private const int LatestFailures = 5;

    public static void Write(TextWriter output, JobStatistics statistics)
    {
        Table places = Terminal.Table("jobs", "where");
        Add(places, statistics.Remote, "remote");
        foreach (NamedCount worker in statistics.Workers)
        {
            Add(places, worker.Count, $"  by {worker.Name}");
        }

        Add(places, statistics.Local, "local");
        Add(places, statistics.Cached, "cached");
        Add(places, statistics.Joined, "joined with an equal one");
        Add(places, statistics.Failed, "failed");
        foreach (NamedCount reason in statistics.Reasons)
        {
            Add(places, reason.Count, $"  not remote: {reason.Name}");
        }

        foreach (NamedCount inputs in statistics.Inputs)
        {
            Add(places, inputs.Count, $"inputs found by {inputs.Name}");
        }

        Terminal.On(output).Write(places);
        foreach (JobRecord job in statistics.Recent.Where(static job => job.Place == JobPlace.Failed || job.ExitCode != 0).TakeLast(LatestFailures))
        {
            output.WriteLine(job.Place == JobPlace.Failed
                ? $"failed: {job.Subject}: {job.Reason}"
                : $"exit code {job.ExitCode}: {job.Subject}{(job.Worker.Length > 0 ? $" on {job.Worker}" : "")}");
        }
    }

    private static void Add(Table table, long count, string what) => table.Row(count.ToString(CultureInfo.InvariantCulture), what);
}
