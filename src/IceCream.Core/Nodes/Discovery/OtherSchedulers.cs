using System.Net;
using IceCream.Diagnostics;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes.Discovery;

/// <summary>Detects other schedulers that serve the same network: each would have some of the nodes, and the farm would be unexpectedly small.</summary>
/// <param name="network">The network's name.</param>
/// <param name="targets">The addresses to query.</param>
/// <param name="own">The identity of the watching scheduler in its own answers; null while it does not answer.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs other schedulers.</param>
internal sealed partial class OtherSchedulers(
    string network, IReadOnlyCollection<IPEndPoint> targets, Func<(DateTimeOffset Started, int Port)?> own, TimeProvider time, ILogger logger)
{
    /// <summary>The interval between queries.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>Queries at once, and then periodically until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        FarmAddress? told = null;
        try
        {
            do
            {
                DiscoveredScheduler? other = await SchedulerDiscovery.FindOtherAsync(network, targets, IsOwn, time, cancellationToken).ConfigureAwait(false);
                if (other?.ToAddress() is { } address && address != told)
                {
                    LogOther(logger, address, network);
                    told = address;
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The scheduler is closing.
        }
    }

    private bool IsOwn(DiscoveredScheduler found) => own() is { } self && found.Port == self.Port && found.Started == self.Started;

    [LoggerMessage(
        EventIds.SchedulersDiffer, LogLevel.Warning,
        "The scheduler at {Other} serves the network '{Network}' too: nodes that look for their scheduler join whichever runs longer. End one of the two, or give it a network of its own.")]
    private static partial void LogOther(ILogger logger, FarmAddress other, string network);
}
