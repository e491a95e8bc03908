using System.Text.Json;
using System.Text.Json.Serialization;
using IceCream.Caching;
using IceCream.Jobs;

namespace IceCream.Host.Rendering;

/// <summary>
/// What <c>icehost cache stats --json</c> prints: what lies in the folder, the limit, and what the agent counted since it started; without an agent
/// <c>counts</c> is empty. <c>bytes</c> is what it takes, <c>plain_bytes</c> what it would take if nothing were compressed. <c>saved_seconds</c> is what the compiles took whose results are known.
/// </summary>
internal sealed record CacheReport(
    string Directory, long Commands, long Results, long Blobs, long Bytes, long PlainBytes, long Limit, double SavedSeconds, IReadOnlyList<CountReport> Counts)
{
    public static CacheReport From(StoredSummary summary, long limit, IEnumerable<NamedCount> counts) => new(
        summary.Directory, summary.Commands, summary.Results, summary.Blobs, summary.Bytes, summary.Plain, limit, summary.Saved.TotalSeconds, [.. counts.Select(CountReport.From)]);

    public string ToJson() => JsonSerializer.Serialize(this, CacheJson.Default.CacheReport);
}

/// <summary>What <c>icehost cache clear</c> and <c>trim</c> print with <c>--json</c>.</summary>
internal sealed record CacheFreedReport(string Directory, long FreedBytes)
{
    public string ToJson() => JsonSerializer.Serialize(this, CacheJson.Default.CacheFreedReport);
}

/// <summary>What <c>icehost cache verify --json</c> prints: what is whole, and what was not and is gone.</summary>
internal sealed record CacheCheckReport(string Directory, long Commands, long DamagedRecords, long Blobs, long DamagedBlobs, long IncompleteResults)
{
    public static CacheCheckReport From(string directory, StoredCheck check) =>
        new(directory, check.Commands, check.DamagedRecords, check.Blobs, check.DamagedBlobs, check.Incomplete);

    public string ToJson() => JsonSerializer.Serialize(this, CacheJson.Default.CacheCheckReport);
}

/// <summary>What <c>icehost cache why --json</c> prints: the known results of a source, the latest first.</summary>
internal sealed record CacheStoryReport(string Source, IReadOnlyList<CacheResultReport> Results)
{
    public static CacheStoryReport From(string source, IEnumerable<ResultStory> stories) => new(source, [.. stories.Select(static story => new CacheResultReport(
        story.Kept, story.Worker, story.Cost.TotalSeconds, story.Directory, story.Command, story.Missed, story.InputsDiffer.IsEmpty, story.CommandDiffers, story.InputsDiffer))]);

    public string ToJson() => JsonSerializer.Serialize(this, CacheJson.Default.CacheStoryReport);
}

/// <summary>
/// A known result: <c>missed</c> is why it had to be compiled, <c>command_differs</c> in what its command differs from the one before it, <c>inputs_differ</c> in
/// what today's files differ from its own; <c>holds</c> says that they do not.
/// </summary>
internal sealed record CacheResultReport(
    DateTimeOffset Kept, string Worker, double Seconds, string Directory, string Command, string Missed, bool Holds,
    IReadOnlyList<string> CommandDiffers, IReadOnlyList<string> InputsDiffer);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(CacheReport))]
[JsonSerializable(typeof(CacheFreedReport))]
[JsonSerializable(typeof(CacheCheckReport))]
[JsonSerializable(typeof(CacheStoryReport))]
internal sealed partial class CacheJson : JsonSerializerContext;
