namespace IceCream.Platform;

/// <summary>Contract only: replaced at merge.</summary>
internal static class AgentSocket
{
    public static IReadOnlyList<string> Candidates() => [$"/tmp/icecream-{Linux.EffectiveUser()}/agent.socket", "/run/icecream/agent.socket"];
}
