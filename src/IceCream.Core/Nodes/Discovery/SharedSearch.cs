using IceCream.Jobs;

namespace IceCream.Nodes.Discovery;

/// <summary>The search of all who look for one scheduler: agent and worker of a daemon ask once, on the one port that a firewall lets answers in by.</summary>
/// <param name="find">Searches, and ends by itself.</param>
internal sealed class SharedSearch(Func<ValueTask<FarmAddress?>> find)
{
    private readonly Lock _lock = new();
    private Task<FarmAddress?>? _running;

    /// <summary>What the search under way finds, or a new one.</summary>
    public async ValueTask<FarmAddress?> FindAsync(CancellationToken cancellationToken)
    {
        Task<FarmAddress?> running;
        lock (_lock)
        {
            running = _running = _running is { IsCompleted: false } under ? under : find().AsTask();
        }

        return await running.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
