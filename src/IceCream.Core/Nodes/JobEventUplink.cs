using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Wire;

namespace IceCream.Nodes;

/// <summary>
/// Carries an agent's job events to whatever scheduler there is, many at a time. No job waits for it: what a slow scheduler does not take is lost, counted,
/// and made up for by the list of the jobs under way. Calls of <see cref="Turn"/> come one after the other.
/// </summary>
internal sealed class JobEventUplink(JobEventStream stream, int localSlots, TimeProvider time) : IAsyncDisposable
{
    /// <summary>For how long events gather: a picture that is this late is not seen to be.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    /// <summary>How many bytes may wait to be sent, so that leases never wait behind many events.</summary>
    private const int MostUnsent = 128 << 10;

    private CancellationTokenSource _ending = new();
    private Task _telling = Task.CompletedTask;

    /// <summary>There is another scheduler, or none.</summary>
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
            // The scheduler is gone, or the agent closes.
        }
    }
}
