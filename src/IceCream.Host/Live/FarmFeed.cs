using IceCream.Jobs;

namespace IceCream.Host.Live;

/// <summary>A scheduler, to be looked at.</summary>
/// <param name="Watch">What happens to jobs, until the connection ends.</param>
/// <param name="Ask">The nodes as they are.</param>
internal sealed record FarmSource(Func<CancellationToken, IAsyncEnumerable<JobEvent>> Watch, Func<CancellationToken, Task<FarmStatus>> Ask);

/// <summary>What a scheduler tells of its farm: jobs as things happen to them, nodes every so often. It goes on when the scheduler comes back.</summary>
/// <param name="source">Who tells.</param>
/// <param name="time">The time.</param>
internal sealed class FarmFeed(FarmSource source, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Called for what happens to a job.</summary>
    public required Action<JobEvent> Happened { get; init; }

    /// <summary>Called for the nodes as they are.</summary>
    public Action<FarmStatus>? Seen { get; init; }

    /// <summary>Called with why nothing is heard, and with null when something is again.</summary>
    public required Action<string?> Obstructed { get; init; }

    /// <summary>Tells until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(AgainAsync(HearAsync, cancellationToken), Seen is null ? Task.CompletedTask : AgainAsync(SeeAsync, cancellationToken));

    private async Task HearAsync(CancellationToken cancellationToken)
    {
        await foreach (JobEvent happened in source.Watch(cancellationToken))
        {
            Obstructed(null);
            Happened(happened);
        }
    }

    private async Task SeeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Seen!(await source.Ask(cancellationToken));
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    private async Task AgainAsync(Func<CancellationToken, Task> tell, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await tell(cancellationToken);
                Obstructed("the scheduler has closed the connection");
            }
            catch (IOException e)
            {
                Obstructed(e.Message);
            }
            catch (OperationCanceledException)
            {
                // Whoever looked has seen enough.
                return;
            }

            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
