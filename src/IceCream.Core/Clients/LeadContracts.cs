using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>Contract only: replaced at merge.</summary>
public static class AgentMonitor
{
    /// <summary>Contract.</summary>
    public static ValueTask<JobStatistics> GetStatisticsAsync(string socket, CancellationToken cancellationToken = default) =>
        throw new IOException($"No agent answers at {socket}.");
}
