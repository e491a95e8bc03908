using System.Text.Json;
using System.Text.Json.Serialization;
using IceCream.Caching;
using IceCream.Jobs;

namespace IceCream.Host.Rendering;

/// <summary>
/// The output of <c>icehost cache stats --json</c>: the folder's contents, the limit, and the agent's counts since its start; without an agent <c>counts</c> is empty.
/// <c>bytes</c> is the size on disk, <c>plain_bytes</c> the uncompressed size. <c>saved_seconds</c> is the compile time of all results in the cache.
/// </summary>
internal sealed record CacheReport(
    string Directory, long Commands, long Results, long Blobs, long Bytes, long PlainBytes, long Limit, double SavedSeconds, IReadOnlyList<CountReport> Counts)
{
    public static CacheReport From(StoredSummary summary, long limit, IEnumerable<NamedCount> counts) => new(
        summary.Directory, summary.Commands, summary.Results, summary.Blobs, summary.Bytes, summary.Plain, limit, summary.Saved.TotalSeconds, [.. counts.Select(CountReport.From)]);

    public string ToJson() => JsonSerializer.Serialize(this, CacheJson.Default.CacheReport);
}

/// <summary>The output of <c>icehost cache clear</c> and <c>trim</c> with <c>--json</c>.</summary>
internal sealed record CacheFreedReport(string Directory, long FreedBytes)
{
    public string ToJson() => JsonSerializer.Serialize(this, CacheJson.Default.CacheFreedReport);
}

/// <summary>The output of <c>icehost cache verify --json</c>: counts of intact entries, and of damaged ones, which were removed.</summary>
internal sealed record CacheCheckReport(string Directory, long Commands, long DamagedRecords, long Blobs, long DamagedBlobs, long IncompleteResults)
{
    public static CacheCheckReport From(string directory, StoredCheck check) =>
        new(directory, check.Commands, check.DamagedRecords, check.Blobs, check.DamagedBlobs, check.Incomplete);

    public string ToJson() => JsonSerializer.Serialize(this, CacheJson.Default.CacheCheckReport);
}

/// <summary>The output of <c>icehost cache why --json</c>: the cached results of a source, the latest first.</summary>
internal sealed record CacheStoryReport(string Source, IReadOnlyList<CacheResultReport> Results)
{
    public static CacheStoryReport From(string source, IEnumerable<ResultStory> stories) => new(source, [.. stories.Select(static story => new CacheResultReport(
        story.Kept, story.Worker, story.Cost.TotalSeconds, story.Directory, story.Command, story.Missed, story.InputsDiffer.IsEmpty, story.CommandDiffers, story.InputsDiffer))]);

    public string ToJson() => JsonSerializer.Serialize(this, CacheJson.Default.CacheStoryReport);
}

/// <summary>
/// A cached result: <c>missed</c> is why it had to be compiled, <c>command_differs</c> how its command differs from the one before it, <c>inputs_differ</c> how
/// today's files differ from its inputs; <c>holds</c> is true if they do not.
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
