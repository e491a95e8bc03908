using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Host.Live;

/// <summary>The queries of a scheduler that a view needs.</summary>
/// <param name="Watch">Streams job events until the connection ends.</param>
/// <param name="Ask">Returns the current state of the nodes.</param>
internal sealed record FarmSource(Func<CancellationToken, IAsyncEnumerable<JobEvent>> Watch, Func<CancellationToken, Task<FarmStatus>> Ask);

/// <summary>Feeds a view from a scheduler: job events as they happen, nodes every second. It reconnects every second if the connection fails.</summary>
/// <param name="source">The scheduler.</param>
/// <param name="time">The clock.</param>
internal sealed class FarmFeed(FarmSource source, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();

    /// <summary>What keeps events from arriving, and what the nodes' state: each is over when its own query succeeds.</summary>
    private Obstacle? _deaf, _blind;

    /// <summary>Called for each job event.</summary>
    public required Action<JobEvent> Happened { get; init; }

    /// <summary>Called with the nodes' current state; optional.</summary>
    public Action<FarmStatus>? Seen { get; init; }

    /// <summary>Called with what keeps events or the nodes' state from arriving, and with null when they arrive again.</summary>
    public required Action<Obstacle?> Obstructed { get; init; }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(
            AgainAsync(HearAsync, obstacle => Tell(ref _deaf, obstacle), cancellationToken),
            Seen is null ? Task.CompletedTask : AgainAsync(SeeAsync, obstacle => Tell(ref _blind, obstacle), cancellationToken));

    private async Task HearAsync(CancellationToken cancellationToken)
    {
        await foreach (JobEvent happened in source.Watch(cancellationToken))
        {
            Tell(ref _deaf, null);
            Happened(happened);
        }
    }

    private async Task SeeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            FarmStatus status = await source.Ask(cancellationToken);
            Tell(ref _blind, null);
            Seen!(status);
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    private void Tell(ref Obstacle? own, Obstacle? obstacle)
    {
        lock (_lock)
        {
            own = obstacle;
            Obstructed(_deaf ?? _blind);
        }
    }

    private async Task AgainAsync(Func<CancellationToken, Task> tell, Action<Obstacle> obstructed, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await tell(cancellationToken);
                obstructed(new Obstacle(ObstacleKind.NoEvents, "the scheduler has closed the connection"));
            }
            catch (IOException e)
            {
                obstructed(new Obstacle(ObstacleKind.NoEvents, e.Message));
            }
            catch (OperationCanceledException)
            {
                // The view was closed.
                return;
            }

            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
