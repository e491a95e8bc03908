using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Wire;

namespace IceCream.Nodes;

/// <summary>
/// Sends an agent's job events to its current scheduler, in batches. No job waits for it: events that a slow scheduler does not accept are lost,
/// counted, and made up for by the list of the jobs in progress. Calls of <see cref="Turn"/> must not overlap.
/// </summary>
internal sealed class JobEventUplink(JobEventStream stream, int localSlots, TimeProvider time) : IAsyncDisposable
{
    /// <summary>How long events are batched: viewers do not notice such a delay.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    /// <summary>The most unsent bytes on the connection, so that messages about leases never wait behind many events.</summary>
    private const int MostUnsent = 128 << 10;

    private CancellationTokenSource _ending = new();
    private Task _telling = Task.CompletedTask;

    /// <summary>Switches to another scheduler, or to none.</summary>
    public void Turn(SchedulerClient? scheduler)
    {
        _ending.Cancel();
        _ending.Dispose();
        _ending = new CancellationTokenSource();
        if (scheduler is not null)
        {
            _telling = TellAsync(scheduler, _telling, _ending.Token);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _telling.ConfigureAwait(false);
        _ending.Dispose();
    }

    private async Task TellAsync(SchedulerClient scheduler, Task former, CancellationToken cancellationToken)
    {
        await former.ConfigureAwait(false);
        using JobEventSubscription subscription = stream.Subscribe();
        try
        {
            while (true)
            {
                IReadOnlyList<JobEvent> first = await subscription.ReadAsync(JobEventCodec.MostEvents, cancellationToken).ConfigureAwait(false);
                do
                {
                    await Task.Delay(Gather, time, cancellationToken).ConfigureAwait(false);
                }
                while (scheduler.Unsent > MostUnsent);

                foreach (SchedulerMessage message in SchedulerMessage.JobEvents.Of(time.GetUtcNow(), localSlots, first.Concat(subscription.Take(JobEventCodec.MostEvents))))
                {
                    scheduler.Say(message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The connection to the scheduler is lost, or the agent is closing.
        }
    }
}
