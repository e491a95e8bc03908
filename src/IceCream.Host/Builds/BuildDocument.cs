using System.Text.Json;
using System.Text.Json.Serialization;
using IceCream.Host.Rendering;
using IceCream.Jobs;

namespace IceCream.Host.Builds;

/// <summary>
/// What <c>icehost report --json</c> writes: the build, its figures, and its jobs as <c>icehost why --json</c> tells them. <c>compiling</c> is how long compilers ran for it,
/// one after the other, and <c>at_once</c> how many of them ran at a time on average; times are in seconds.
/// </summary>
internal sealed record BuildDocument(
    int Build, string Folder, DateTimeOffset Began, DateTimeOffset Ended, double Seconds, double Compiling, double AtOnce,
    long Remote, long Local, long Cached, long Joined, long Failed, long Cancelled,
    IReadOnlyList<CountReport> Workers, IReadOnlyList<CountReport> Reasons, IReadOnlyList<StepReport> Steps, IReadOnlyList<JobReport> Jobs)
{
    public static BuildDocument From(FinishedBuild build)
    {
        JobRecord[] work = [.. build.Work];
        double seconds = build.Wall.TotalSeconds, compiling = build.Compiling.TotalSeconds;
        return new BuildDocument(
            build.Number, build.Folder, build.Began, build.Ended, seconds, compiling, seconds > 0 ? compiling / seconds : 0,
            Of(JobPlace.Remote), Of(JobPlace.Local), Of(JobPlace.Cached), Of(JobPlace.Joined), Of(JobPlace.Failed), Of(JobPlace.Cancelled),
            Counts(work.Select(static job => job.Worker)),
            Counts(work.Where(static job => job.Purpose == CommandPurpose.Compile).Select(static job => job.Reason)),
            [.. work.SelectMany(static job => job.Timeline.Stretches).GroupBy(static stretch => stretch.Step)
                .Select(static step => new StepReport(Reports.Word(step.Key), step.Sum(static stretch => stretch.Duration.TotalSeconds)))
                .OrderByDescending(static step => step.Seconds)],
            [.. build.Jobs.Select(static job => JobReport.From(job))]);

        long Of(JobPlace place) => work.LongCount(job => job.Place == place);
    }

    /// <summary>The document: indented, names in snake_case.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, BuildDocumentJson.Default.BuildDocument);

    /// <summary>How often each text is there, the most frequent first; empty ones are not counted.</summary>
    private static IReadOnlyList<CountReport> Counts(IEnumerable<string> texts) =>
    [
        .. texts.Where(static text => text.Length > 0).GroupBy(static text => text)
            .Select(static same => new CountReport(same.Key, same.LongCount()))
            .OrderByDescending(static count => count.Count).ThenBy(static count => count.Name, StringComparer.Ordinal),
    ];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(BuildDocument))]
internal sealed partial class BuildDocumentJson : JsonSerializerContext;
