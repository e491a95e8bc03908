using IceCream.Jobs;

namespace IceCream.Nodes.Discovery;

/// <summary>Shares one search among several callers: agent and worker of a daemon query once, on the one port for which a firewall admits answers.</summary>
/// <param name="find">Searches, and ends by itself.</param>
internal sealed class SharedSearch(Func<ValueTask<FarmAddress?>> find)
{
    private readonly Lock _lock = new();
    private Task<FarmAddress?>? _running;

    /// <summary>The result of the search in progress, or of a new one.</summary>
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
