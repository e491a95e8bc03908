using System.Text.Json;
using System.Text.Json.Serialization;
using IceCream.Host.Doctor;

namespace IceCream.Host.Rendering;

/// <summary>
/// The output of <c>icehost doctor --json</c>. <c>verdict</c> is the worst <c>level</c> of the checks: ok, warning or problem. Each compiler is also
/// one of the checks.
/// </summary>
internal sealed record DoctorReport(string Verdict, IReadOnlyList<FindingReport> Checks, IReadOnlyList<CompilerReport> Compilers)
{
    public static DoctorReport From(Examination examination) => new(
        Reports.Word(examination.Findings.Max(static finding => finding.Level)),
        [.. examination.Findings.Select(static finding => new FindingReport(finding.Check, Reports.Word(finding.Level), finding.What, finding.Remedy))],
        [.. examination.Compilers.Select(CompilerReport.From)]);

    public string ToJson() => JsonSerializer.Serialize(this, DoctorJson.Default.DoctorReport);
}

/// <summary>One check; <c>remedy</c> is empty if nothing is to do.</summary>
internal sealed record FindingReport(string Check, string Level, string Finding, string Remedy);

/// <summary>A compiler on <c>PATH</c> and its trial compile: <c>place</c> as in <c>icehost why --json</c>; <c>reason</c> is empty if it left.</summary>
internal sealed record CompilerReport(IReadOnlyList<string> Names, string Program, string Identity, bool Leaves, string Place, string Worker, string Reason, int ExitCode)
{
    public static CompilerReport From(CompilerTrial trial) => new(
        trial.Names, trial.Program, trial.Identity, trial.Leaves, Reports.Word(trial.Outcome.Place), trial.Outcome.Worker, trial.Outcome.Reason, trial.Outcome.ExitCode);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
