using System.Globalization;
using IceCream.Jobs;

namespace IceCream.Benchmarks.Saturation;

/// <summary>What was measured.</summary>
/// <param name="Began">When the first command was brought.</param>
/// <param name="Wall">Until the last one was answered.</param>
/// <param name="ClientCpu">Of the client's process and its launchers.</param>
/// <param name="FarmCpu">Of scheduler and workers; null when they share the client's process.</param>
/// <param name="Done">Commands that the farm has done.</param>
/// <param name="Jobs">The jobs that were read.</param>
internal sealed record SaturationRun(DateTimeOffset Began, TimeSpan Wall, TimeSpan ClientCpu, TimeSpan? FarmCpu, int Done, IReadOnlyList<JobRecord> Jobs);

/// <summary>The figures as tables.</summary>
internal static class SaturationReport
{
    public static void Write(TextWriter output, SaturationOptions options, SaturationRun run)
    {
        int slots = options.Workers * options.Slots;
        JobRecord[] remote = [.. run.Jobs.Where(static job => job.Place == JobPlace.Remote)];
        double compiled = remote.Sum(static job => Seconds(job, JobStep.Compile));
        // Those that the agent forgot between two looks have compiled as long as the others.
        double busy = remote.Length == 0 ? 0 : compiled / remote.Length * run.Done / (slots * run.Wall.TotalSeconds);
        Line(output, $"{options.Workers} workers of {options.Slots} slots, {options.Jobs} jobs at once, {options.Files} files of {options.Headers} headers, {options.Medium}, {(options.Launcher.Length > 0 ? "real launchers" : "launchers in process")}.\n");
        Line(output, $"| wall s | slots busy | client CPU ms per job | farm CPU ms per job | done | not done | jobs looked at |");
        Line(output, $"|---:|---:|---:|---:|---:|---:|---:|");
        string farm = run.FarmCpu is { } used ? Number(used.TotalMilliseconds / options.Files) : "in the client's";
        Line(output, $"| {run.Wall.TotalSeconds:0.00} | {100 * busy:0.0} % | {run.ClientCpu.TotalMilliseconds / options.Files:0.00} | {farm} | {run.Done} | {options.Files - run.Done} | {run.Jobs.Count} |");

        Line(output, $"\n| step | mean ms | median ms | 95 % within ms | most ms |");
        Line(output, $"|---|---:|---:|---:|---:|");
        foreach (JobStep step in Enum.GetValues<JobStep>().Where(step => remote.Any(job => Seconds(job, step) > 0)))
        {
            Row(output, step.ToString(), [.. remote.Select(job => Seconds(job, step))]);
        }

        Row(output, "between steps", [.. remote.Select(static job => (job.Duration - job.Timeline.Stretches.Aggregate(TimeSpan.Zero, static (sum, stretch) => sum + stretch.Duration)).TotalSeconds)]);
        Row(output, "from arrival to end", [.. remote.Select(static job => job.Duration.TotalSeconds)]);

        Line(output, $"\n| second | jobs ended | mean ms between a job's arrival and end, less its compile |");
        Line(output, $"|---:|---:|---:|");
        foreach (IGrouping<int, JobRecord> second in remote.GroupBy(job => (int)(job.Ended - run.Began).TotalSeconds).OrderBy(static group => group.Key))
        {
            Line(output, $"| {second.Key} | {second.Count()} | {1000 * second.Average(static job => job.Duration.TotalSeconds - Seconds(job, JobStep.Compile)):0.0} |");
        }
    }

    private static double Seconds(JobRecord job, JobStep step) =>
        job.Timeline.Stretches.Where(stretch => stretch.Step == step).Sum(static stretch => stretch.Duration.TotalSeconds);

    private static void Row(TextWriter output, string name, double[] seconds)
    {
        if (seconds.Length > 0)
        {
            Array.Sort(seconds);
            Line(output, $"| {name} | {Number(1000 * seconds.Average())} | {Number(1000 * Quantile(0.5))} | {Number(1000 * Quantile(0.95))} | {Number(1000 * seconds[^1])} |");
        }

        double Quantile(double part) => seconds[(int)(part * (seconds.Length - 1))];
    }

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static void Line(TextWriter output, FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
