using IceCream.Diagnostics;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>
/// The background loops of a node. All of them end with the node. When one fails, the others and the node end too: otherwise other nodes would wait
/// for a node that runs but does not answer.
/// </summary>
internal sealed partial class NodeLoops(ILogger logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _loops = [];

    /// <summary>Completes when the node has been disposed, or fails with the exception of a loop.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Starts a loop.</summary>
    /// <param name="name">Its activity, for people.</param>
    /// <param name="loop">The loop, which runs until its token is cancelled.</param>
    public void Start(string name, Func<CancellationToken, Task> loop) => _loops.Add(WatchAsync(name, loop));

    /// <summary>Cancels all loops and waits for their ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(false);
        _completion.TrySetResult();
        _ending.Dispose();
    }

    private async Task WatchAsync(string name, Func<CancellationToken, Task> loop)
    {
        try
        {
            await loop(_ending.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // A cancelled loop ends without an exception. So this is a defect, or the machine has run out of memory or descriptors.
            LogBroken(logger, name, e);
            _completion.TrySetException(e);
            await _ending.CancelAsync().ConfigureAwait(false);
        }
    }

    [LoggerMessage(EventIds.LoopBroken, LogLevel.Critical, "The node ends, because {Part} broke off.")]
    private static partial void LogBroken(ILogger logger, string part, Exception exception);
}
