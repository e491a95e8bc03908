using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using IceCream.Host.Doctor;
using IceCream.Jobs;

namespace IceCream.Host.Rendering;

/// <summary>What <c>icehost status --json</c> prints.</summary>
/// <param name="Scheduler">Its address, as <c>tcp://host:port</c>.</param>
/// <param name="Network">The network's name.</param>
/// <param name="Version">The scheduler's version.</param>
/// <param name="Insecure">Whether nodes speak in the clear.</param>
/// <param name="Nodes">The nodes, by name.</param>
internal sealed record StatusReport(string Scheduler, string Network, string Version, bool Insecure, IReadOnlyList<NodeReport> Nodes)
{
    public static StatusReport From(FarmAddress scheduler, FarmStatus status) => new(
        scheduler.ToString(), status.Network, status.Version, status.Insecure,
        [.. status.Nodes.Select(static node => new NodeReport(
            node.Name, node.Address, node.Platform, node.Slots, node.Running, node.Waiting, node.State, node.Remark))]);
}

/// <summary>A node in <see cref="StatusReport"/>; <c>slots</c> is 0 for a node that only submits.</summary>
internal sealed record NodeReport(string Name, string Address, string Platform, int Slots, int Running, int Waiting, string State, string Remark);

/// <summary>What <c>icehost stats --json</c> prints: jobs by where they ran, and why not elsewhere, most frequent first.</summary>
internal sealed record StatisticsReport(
    long Remote, long Local, long Cached, long Joined, long Failed,
    IReadOnlyList<CountReport> Reasons, IReadOnlyList<CountReport> Workers, IReadOnlyList<CountReport> Inputs, IReadOnlyList<JobReport> Recent)
{
    public static StatisticsReport From(JobStatistics statistics) => new(
        statistics.Remote, statistics.Local, statistics.Cached, statistics.Joined, statistics.Failed,
        [.. statistics.Reasons.Select(CountReport.From)], [.. statistics.Workers.Select(CountReport.From)],
        [.. statistics.Inputs.Select(CountReport.From)],
        [.. statistics.Recent.Select(JobReport.From)]);
}

/// <summary>A count under a name.</summary>
internal sealed record CountReport(string Name, long Count)
{
    public static CountReport From(NamedCount named) => new(named.Name, named.Count);
}

/// <summary>A job, as in <c>icehost why --json</c>: <c>place</c> is remote, local, cached, joined or failed; <c>seconds</c> from arrival to end.</summary>
internal sealed record JobReport(
    string Subject, string Place, string Worker, string Reason, int ExitCode, double Seconds, DateTimeOffset Ended, IReadOnlyList<StepReport> Steps)
{
    public static JobReport From(JobRecord job) => new(
        job.Subject, Reports.Word(job.Place), job.Worker, job.Reason, job.ExitCode, job.Duration.TotalSeconds, job.Ended,
        [.. job.Timeline.Stretches.Select(static stretch => new StepReport(Reports.Word(stretch.Step), stretch.Duration.TotalSeconds))]);
}

/// <summary>A stretch of a job's road.</summary>
internal sealed record StepReport(string Step, double Seconds);

/// <summary>What <c>icehost run --json</c> writes: the command's exit code, its wall time, and its jobs.</summary>
internal sealed record RunReport(int ExitCode, double Seconds, StatisticsReport Jobs);

/// <summary>What <c>icehost doctor --json</c> prints: <c>verdict</c> is the worst of the checks' <c>level</c>: ok, warning or problem.</summary>
internal sealed record DoctorReport(string Verdict, IReadOnlyList<FindingReport> Checks)
{
    public static DoctorReport From(IReadOnlyList<Finding> findings) => new(
        Reports.Word(findings.Max(static finding => finding.Level)),
        [.. findings.Select(static finding => new FindingReport(finding.Check, Reports.Word(finding.Level), finding.What, finding.Remedy))]);
}

/// <summary>One check; <c>remedy</c> is empty when all is well.</summary>
internal sealed record FindingReport(string Check, string Level, string Finding, string Remedy);

/// <summary>The reports as JSON: one document, indented, names in snake_case. Names are added, never changed.</summary>
internal static class Reports
{
    public static string ToJson(StatusReport report) => Write(report, ReportJson.Default.StatusReport);

    public static string ToJson(StatisticsReport report) => Write(report, ReportJson.Default.StatisticsReport);

    public static string ToJson(JobReport report) => Write(report, ReportJson.Default.JobReport);

    public static string ToJson(RunReport report) => Write(report, ReportJson.Default.RunReport);

    public static string ToJson(DoctorReport report) => Write(report, ReportJson.Default.DoctorReport);

    /// <summary>A value's name as JSON spells it.</summary>
    public static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static string Write<T>(T report, JsonTypeInfo<T> type) => JsonSerializer.Serialize(report, type);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(StatisticsReport))]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
