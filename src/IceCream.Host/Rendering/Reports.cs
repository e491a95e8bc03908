using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using IceCream.Jobs;

namespace IceCream.Host.Rendering;

/// <summary>The output of <c>icehost status --json</c>.</summary>
/// <param name="Scheduler">The scheduler's address, as <c>tcp://host:port</c>.</param>
/// <param name="Network">The network's name.</param>
/// <param name="Version">The scheduler's version.</param>
/// <param name="Insecure">Whether nodes communicate unencrypted.</param>
/// <param name="Nodes">The nodes, by name.</param>
/// <param name="Advice">If most compiles of this machine's agent stay on it: why, and what to do. Else empty.</param>
internal sealed record StatusReport(string Scheduler, string Network, string Version, bool Insecure, IReadOnlyList<NodeReport> Nodes, string Advice)
{
    public static StatusReport From(FarmAddress scheduler, FarmStatus status, string? advice) => new(
        scheduler.ToString(), status.Network, status.Version, status.Insecure,
        [.. status.Nodes.Select(static node => new NodeReport(
            node.Name, node.Address, node.Platform, node.Slots, node.Running, node.Waiting, node.State, node.Remark,
            node.SpeedJobs == 0 ? null : node.Speed, node.SpeedJobs, node.Memory == 0 ? null : node.Memory, Known(node.Load.FreeMemory),
            Known(node.Load.CpuPressure) / 1000.0, Known(node.Load.MemoryPressure) / 1000.0))],
        advice ?? "");

    private static long? Known(long number) => number < 0 ? null : number;
}

/// <summary>
/// A node in <see cref="StatusReport"/>. <c>slots</c> is 0 for a node that only submits. <c>speed</c> is relative to the average worker, measured on <c>jobs</c> jobs; memory is in
/// bytes; pressure is the part (0 to 1) of the last ten seconds in which some process waited. Unknown values are null.
/// </summary>
internal sealed record NodeReport(
    string Name, string Address, string Platform, int Slots, int Running, int Waiting, string State, string Remark,
    double? Speed, int Jobs, long? Memory, long? FreeMemory, double? CpuPressure, double? MemoryPressure);

/// <summary>
/// The output of <c>icehost stats --json</c>: jobs by place, how many of them were compiles, how many compiles left, and why the others stayed, the most
/// frequent reason first. <c>advice</c> is empty while most leave.
/// </summary>
internal sealed record StatisticsReport(
    long Remote, long Local, long Cached, long Joined, long Failed, long Cancelled, long Compiles, long CompilesAway, long Questions, string Advice,
    IReadOnlyList<ReasonReport> Reasons, IReadOnlyList<StayReport> Stays, IReadOnlyList<CountReport> Workers, IReadOnlyList<CountReport> Inputs,
    IReadOnlyList<CountReport> Cache, IReadOnlyList<JobReport> Recent)
{
    public static StatisticsReport From(JobStatistics statistics) => new(
        statistics.Remote, statistics.Local, statistics.Cached, statistics.Joined, statistics.Failed, statistics.Cancelled,
        statistics.Compiles, statistics.CompilesAway, statistics.Questions, HomeStay.Describe(statistics) ?? "",
        [.. statistics.Reasons.Select(ReasonReport.From)], [.. statistics.Stays.Select(StayReport.From)], [.. statistics.Workers.Select(CountReport.From)],
        [.. statistics.Inputs.Select(CountReport.From)], [.. statistics.Cache.Select(CountReport.From)],
        [.. statistics.Recent.Select(static job => JobReport.From(job))]);
}

/// <summary>Commands that stayed for reasons of one kind: <c>code</c> as elsewhere, and <c>name</c>, an older spelling of it.</summary>
internal sealed record ReasonReport(string Name, string Code, long Count)
{
    public static ReasonReport From(NamedCount named) => new(named.Name, JsonNamingPolicy.SnakeCaseLower.ConvertName(named.Name), named.Count);
}

/// <summary>Commands that stayed for one reason: <c>code</c> never changes, <c>reason</c> is the sentence of the latest; <c>purpose</c> is compile, question or other.</summary>
internal sealed record StayReport(string Code, string Purpose, string Reason, long Count)
{
    public static StayReport From(StayCount stay) => new(Reports.Word(stay.Kind), Reports.Word(stay.Purpose), stay.Reason, stay.Count);
}

internal sealed record CountReport(string Name, long Count)
{
    public static CountReport From(NamedCount named) => new(named.Name, named.Count);
}

/// <summary>
/// A job, as in <c>icehost why --json</c>: <c>place</c> is remote, local, cached, joined, failed or cancelled; <c>purpose</c> is compile, question or other;
/// <c>reason</c> is a sentence and <c>code</c> its kind, which never changes, both empty if it ran on a worker; <c>exit_code</c> is null if unknown;
/// <c>seconds</c> count from arrival to end; <c>placement</c> exists if a worker was chosen; <c>earlier</c> (only for <c>why</c>) are earlier jobs of the file, oldest first.
/// </summary>
internal sealed record JobReport(
    string Subject, IReadOnlyList<string> Sources, string Directory, string Purpose, string Place, string Worker, string Reason, string Code, int? ExitCode,
    double Seconds, DateTimeOffset Ended, IReadOnlyList<StepReport> Steps,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PlacementReport? Placement,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<JobReport>? Earlier)
{
    public static JobReport From(JobRecord job, IReadOnlyList<JobRecord>? earlier = null) => new(
        job.Subject, job.Sources, job.Directory, Reports.Word(job.Purpose), Reports.Word(job.Place), job.Worker, job.Reason,
        job.Kind is { } kind ? Reports.Word(kind) : "", job.ExitCode, job.Duration.TotalSeconds, job.Ended,
        [.. job.Timeline.Stretches.Select(static stretch => new StepReport(Reports.Word(stretch.Step), stretch.Duration.TotalSeconds))],
        PlacementReport.From(job.Placement),
        earlier is null ? null : [.. earlier.Select(static one => From(one))]);
}

/// <summary>
/// How a job's worker was chosen: the compile's expected duration on an average worker in seconds, estimated by <c>basis</c> (command, group or default), and the candidates with a
/// free slot, the chosen one first; only that one if the job <c>waited</c> for a slot. <c>memory</c> is the expected peak in bytes, null if unknown.
/// </summary>
internal sealed record PlacementReport(double Seconds, long? Memory, string Basis, bool Waited, IReadOnlyList<CandidateReport> Candidates)
{
    public static PlacementReport? From(JobPlacement? placement) => placement is null ? null : new(
        placement.Forecast, placement.PeakMemory == 0 ? null : placement.PeakMemory, Reports.Word(placement.Basis), placement.HasWaited,
        [.. placement.Options.Select(static option => new CandidateReport(option.Worker, option.Speed, option.Expected))]);
}

/// <summary>A worker that a job could have gone to.</summary>
internal sealed record CandidateReport(string Worker, double Speed, double Seconds);

internal sealed record StepReport(string Step, double Seconds);

/// <summary>The output of <c>icehost run --json</c>: the command's exit code, its wall time in seconds, and its jobs.</summary>
internal sealed record RunReport(int ExitCode, double Seconds, StatisticsReport Jobs);

/// <summary>Writes reports as one indented JSON document with names in snake_case. Names may be added, but never change.</summary>
internal static class Reports
{
    public static string ToJson(StatusReport report) => Write(report, ReportJson.Default.StatusReport);

    public static string ToJson(StatisticsReport report) => Write(report, ReportJson.Default.StatisticsReport);

    public static string ToJson(JobReport report) => Write(report, ReportJson.Default.JobReport);

    public static string ToJson(RunReport report) => Write(report, ReportJson.Default.RunReport);

    /// <summary>An enum value's name in JSON (snake_case).</summary>
    public static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static string Write<T>(T report, JsonTypeInfo<T> type) => JsonSerializer.Serialize(report, type);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(StatisticsReport))]
[JsonSerializable(typeof(RunReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
