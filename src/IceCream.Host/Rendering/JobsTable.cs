using System.Globalization;
using IceCream.Jobs;
using Spectre.Console;

namespace IceCream.Host.Rendering;

/// <summary>Prints job statistics: how many jobs ran where, why compiles stayed, and the latest failures.</summary>
internal static class JobsTable
{
    private const int LatestFailures = 5, MostOutcomes = 10;

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
        if (statistics.Cancelled > 0)
        {
            Add(places, statistics.Cancelled, "cancelled: whoever asked left or interrupted them");
        }

        foreach (StayCount stay in Of(statistics, CommandPurpose.Compile))
        {
            Add(places, stay.Count, $"  not remote: {stay.Reason}{(stay.Count > 1 && !stay.Reason.StartsWith('-') ? " (the latest)" : "")}");
        }

        AddSum(places, Of(statistics, CommandPurpose.Other), "  not remote: they link, preprocess or only check a source");
        AddSum(places, Of(statistics, CommandPurpose.Question), "  not remote: questions of a build system, such as --version, -print-…, /dev/null or conftest");
        foreach (NamedCount inputs in statistics.Inputs)
        {
            Add(places, inputs.Count, inputs.Name.StartsWith(JobStatistics.SentAgain, StringComparison.Ordinal) ? inputs.Name : $"inputs found by {inputs.Name}");
        }

        foreach (NamedCount known in statistics.Cache.Take(MostOutcomes))
        {
            Add(places, known.Count, $"known results: {known.Name}");
        }

        if (statistics.Cache.Length > MostOutcomes)
        {
            Add(places, statistics.Cache.Skip(MostOutcomes).Sum(static known => known.Count), "known results: all else ('icehost cache stats' lists it)");
        }

        Terminal.Write(output, places);
        foreach (JobRecord job in statistics.Recent.Where(HasFailed).TakeLast(LatestFailures))
        {
            output.WriteLine(Terminal.Line(job.Place == JobPlace.Failed
                ? $"failed: {job.Subject}: {job.Reason}"
                : $"exit code {job.ExitCode}: {job.Subject}{(job.Worker.Length > 0 ? $" on {job.Worker}" : "")}"));
        }

        if (HomeStay.Describe(statistics) is { } line)
        {
            output.WriteLine(Terminal.Line($"stays at home: {line}"));
        }
    }

    private static IEnumerable<StayCount> Of(JobStatistics statistics, CommandPurpose purpose) => statistics.Stays.Where(stay => stay.Purpose == purpose);

    /// <summary>Whether a job counts as failed. Probes may fail by design, and a user knows of an interrupt.</summary>
    private static bool HasFailed(JobRecord job) =>
        job.Purpose != CommandPurpose.Question && (job.Place == JobPlace.Failed || (job.Place != JobPlace.Cancelled && job.ExitCode is not (null or 0)));

    private static void AddSum(Table table, IEnumerable<StayCount> stays, string what)
    {
        long sum = stays.Sum(static stay => stay.Count);
        if (sum > 0)
        {
            Add(table, sum, what);
        }
    }

    private static void Add(Table table, long count, string what) => table.Row(count.ToString(CultureInfo.InvariantCulture), what);
}
