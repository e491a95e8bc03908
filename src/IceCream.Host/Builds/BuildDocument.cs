using System.Text.Json;
using System.Text.Json.Serialization;
using IceCream.Host.Rendering;
using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Builds;

/// <summary>
/// The output of <c>icehost report --json</c>: the build, its figures, and its jobs as in <c>icehost why --json</c>. <c>compiling</c> is the sum of all compilers' run times,
/// <c>at_once</c> the average number of compilers that ran at the same time; times are in seconds.
/// </summary>
internal sealed record BuildDocument(
    long Build, string Name, string Folder, DateTimeOffset Began, DateTimeOffset Ended, double Seconds, double Compiling, double AtOnce,
    long Remote, long Local, long Cached, long Joined, long Failed, long Cancelled,
    IReadOnlyList<CountReport> Workers, IReadOnlyList<CountReport> Reasons, IReadOnlyList<StepReport> Steps, ChainReport Chain,
    IReadOnlyList<BuildHeader> Headers, IReadOnlyList<JobReport> Jobs)
{
    public static BuildDocument From(FinishedBuild build)
    {
        JobRecord[] work = [.. build.Work];
        double seconds = build.Wall.TotalSeconds, compiling = build.Compiling.TotalSeconds;
        return new BuildDocument(
            build.Number, build.Name, build.Folder, build.Began, build.Ended, seconds, compiling, seconds > 0 ? compiling / seconds : 0,
            Of(JobPlace.Remote), Of(JobPlace.Local), Of(JobPlace.Cached), Of(JobPlace.Joined), Of(JobPlace.Failed), Of(JobPlace.Cancelled),
            Counts(work.Select(static job => job.Worker)),
            Counts(work.Where(static job => job.Purpose == CommandPurpose.Compile).Select(static job => job.Reason)),
            [.. work.SelectMany(static job => job.Timeline.Stretches).GroupBy(static stretch => stretch.Step)
                .Select(static step => new StepReport(Reports.Word(step.Key), step.Sum(static stretch => stretch.Duration.TotalSeconds)))
                .OrderByDescending(static step => step.Seconds)],
            ChainReport.Of(build.Chain),
            build.Headers,
            [.. build.Jobs.Select(static job => JobReport.From(job))]);

        long Of(JobPlace place) => work.LongCount(job => job.Place == place);
    }

    /// <summary>The document as indented JSON with names in snake_case.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, BuildDocumentJson.Default.BuildDocument);

    /// <summary>How often each text occurs, the most frequent first; empty texts are not counted.</summary>
    private static IReadOnlyList<CountReport> Counts(IEnumerable<string> texts) =>
    [
        .. texts.Where(static text => text.Length > 0).GroupBy(static text => text)
            .Select(static same => new CountReport(same.Key, same.LongCount()))
            .OrderByDescending(static count => count.Count).ThenBy(static count => count.Name, StringComparer.Ordinal),
    ];
}

/// <summary>The output of <c>icehost report --list --json</c>: the known builds, the oldest first.</summary>
internal sealed record BuildListDocument(IReadOnlyList<BuildLineReport> Builds)
{
    public static BuildListDocument From(IEnumerable<FinishedBuild> builds) => new(
    [
        .. builds.Select(static build => new BuildLineReport(
            build.Number, build.Name, build.Kept?.User ?? "", build.Kept?.Agent ?? "", build.Folder, build.Began, build.Ended, build.Wall.TotalSeconds, build.Compiles, build.Away)),
    ]);

    /// <summary>The document as indented JSON with names in snake_case.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, BuildDocumentJson.Default.BuildListDocument);
}

/// <summary>
/// A build of a list: <c>build</c> is its number, <c>away</c> how many of its jobs were remote, cached or joined; <c>user</c> and <c>agent</c> are empty where this machine's
/// agent tells of its own builds.
/// </summary>
internal sealed record BuildLineReport(
    long Build, string Name, string User, string Agent, string Folder, DateTimeOffset Began, DateTimeOffset Ended, double Seconds, int Compiles, int Away);

/// <summary>A build's chain, in seconds: the four parts add up to the time from the arrival of the chain's first job on.</summary>
internal sealed record ChainReport(double Compiled, double Waited, double Rest, double Gap, IReadOnlyList<ChainLinkReport> Links)
{
    public static ChainReport Of(BuildChain chain) => new(
        Seconds(chain.Compiled), Seconds(chain.Waited), Seconds(chain.Rest), Seconds(chain.Gap),
        [
            .. chain.Links.Select(static link => new ChainLinkReport(
                link.Job.Subject, Reports.Word(link.Job.Place), link.Job.Worker, link.Job.Ended, Seconds(link.Job.Duration), Seconds(link.Compiled), Seconds(link.Waited), Seconds(link.Gap))),
        ]);

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 4);
}

/// <summary>A job of a chain: its total time, its compiler's time, its waits for slots, and the gap before it in which no job of the chain was under way.</summary>
internal sealed record ChainLinkReport(string Subject, string Place, string Worker, DateTimeOffset Ended, double Seconds, double Compiled, double Waited, double Gap);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(BuildDocument))]
[JsonSerializable(typeof(BuildListDocument))]
[JsonSerializable(typeof(ChainReport))]
internal sealed partial class BuildDocumentJson : JsonSerializerContext;
