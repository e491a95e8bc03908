using System.Text.Json;

namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>What <c>icehost stats --json</c> says.</summary>
internal sealed record Statistics(long Remote, long Local, long Cached, long Joined, long Failed, long Cancelled, long Compiles, long CompilesAway, long Questions, string Advice, Counted[] Reasons, Counted[] Workers, Recorded[] Recent)
{
    public static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The latest job on a source of this name.</summary>
    public Recorded Last(string source) => Recent.Last(job => Path.GetFileName(job.Subject) == source);

    public override string ToString() =>
        $"remote {Remote}, local {Local}, failed {Failed}; {string.Join(", ", Reasons.Select(reason => $"{reason.Name} {reason.Count}"))}; "
        + string.Join(" | ", Recent.Where(job => job.Reason.Length > 0).Select(job => job.Reason).Distinct());
}

internal sealed record Counted(string Name, long Count);

internal sealed record Recorded(string Subject, string Purpose, string Place, string Worker, string Reason, string Code, int? ExitCode);

/// <summary>What <c>icehost status --json</c> says.</summary>
internal sealed record FarmView(SeenNode[] Nodes);

internal sealed record SeenNode(string Name, string Address, int Slots, int Running, int Waiting, string State, string Remark);
