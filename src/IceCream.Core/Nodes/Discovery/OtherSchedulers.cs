using System.Net;
using IceCream.Diagnostics;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes.Discovery;

/// <summary>
/// Watches whether another scheduler answers for the same network: each would have some of the nodes, and nobody would know why the farm is
/// so small.
/// </summary>
/// <param name="network">The network's name.</param>
/// <param name="targets">Whom to ask.</param>
/// <param name="own">The watching scheduler, as it answers itself; null while it does not.</param>
/// <param name="time">The time.</param>
/// <param name="logger">Where others are told.</param>
internal sealed partial class OtherSchedulers(
    string network, IReadOnlyCollection<IPEndPoint> targets, Func<(DateTimeOffset Started, int Port)?> own, TimeProvider time, ILogger logger)
{
    /// <summary>How often it asks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>Asks at once, and again and again until cancelled.</summary>
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
