using IceCream.Diagnostics;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>
/// The loops that a node runs. All of them end with the node. When one fails, the others are ended too, and so is the node: others would wait for a node that
/// lives and does not answer.
/// </summary>
internal sealed partial class NodeLoops(ILogger logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _loops = [];

    /// <summary>Completes when the node has been disposed, or fails with what broke.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Starts a part.</summary>
    /// <param name="name">What it does, for people.</param>
    /// <param name="loop">Runs until its token is cancelled.</param>
    public void Start(string name, Func<CancellationToken, Task> loop) => _loops.Add(WatchAsync(name, loop));

    /// <summary>Ends all parts and waits for their ends.</summary>
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
            // Loops that are cancelled end without an exception. So this one is a defect, or the machine has no memory or descriptors left.
            LogBroken(logger, name, e);
            _completion.TrySetException(e);
            await _ending.CancelAsync().ConfigureAwait(false);
        }
    }

    [LoggerMessage(EventIds.LoopBroken, LogLevel.Critical, "The node ends, because {Part} broke off.")]
    private static partial void LogBroken(ILogger logger, string part, Exception exception);
}
