using System.Text.Json;

namespace IceCream.Benchmarks.Identity;

/// <summary>What an agent says of its jobs.</summary>
/// <param name="Remote">Done by workers.</param>
/// <param name="Local">Done here.</param>
/// <param name="Failed">Done by nobody.</param>
/// <param name="Reasons">Why jobs were done here, with counts.</param>
/// <param name="Inputs">How inputs were found, with counts: <c>manifest</c>, <c>scanner</c>, or <c>compiler: </c> and what was in doubt.</param>
/// <param name="Stays">The latest jobs that were not done by workers, and why.</param>
internal sealed record AgentReport(
    long Remote, long Local, long Failed,
    IReadOnlyDictionary<string, long> Reasons, IReadOnlyDictionary<string, long> Inputs, IReadOnlyList<(string Subject, string Reason)> Stays)
{
    private const string Compiler = "compiler";

    public static AgentReport Nothing { get; } = new(0, 0, 0, new Dictionary<string, long>(), new Dictionary<string, long>(), []);

    public long ByManifest => Inputs.GetValueOrDefault("manifest");

    public long ByScanner => Inputs.GetValueOrDefault("scanner");

    public long ByCompiler => Doubts.Sum(static doubt => doubt.Value);

    /// <summary>What the scanner was in doubt about.</summary>
    public IEnumerable<KeyValuePair<string, long>> Doubts => Inputs.Where(static input => input.Key.StartsWith(Compiler, StringComparison.Ordinal));

    /// <summary>Reads what <c>icehost stats --json</c> prints.</summary>
    public static AgentReport Parse(string json)
    {
        using JsonDocument report = JsonDocument.Parse(json);
        JsonElement root = report.RootElement;
        return new AgentReport(
            root.GetProperty("remote").GetInt64(), root.GetProperty("local").GetInt64(), root.GetProperty("failed").GetInt64(),
            Counts("reasons"), Counts("inputs"),
            [.. root.GetProperty("recent").EnumerateArray().Where(static job => job.GetProperty("place").GetString() != "remote")
                .Select(static job => (job.GetProperty("subject").GetString()!, job.GetProperty("reason").GetString()!))]);

        Dictionary<string, long> Counts(string name) => root.GetProperty(name).EnumerateArray().ToDictionary(
            static count => count.GetProperty("name").GetString()!, static count => count.GetProperty("count").GetInt64());
    }

    /// <summary>What remains without what another report counts too.</summary>
    public AgentReport Without(AgentReport other) => new(
        Remote - other.Remote, Local - other.Local, Failed - other.Failed, Less(Reasons, other.Reasons), Less(Inputs, other.Inputs),
        [.. Stays.Except(other.Stays)]);

    private static Dictionary<string, long> Less(IReadOnlyDictionary<string, long> counts, IReadOnlyDictionary<string, long> other) =>
        counts.Select(count => KeyValuePair.Create(count.Key, count.Value - other.GetValueOrDefault(count.Key)))
            .Where(static count => count.Value != 0).ToDictionary();
}
