using IceCream.Host.Configuration;
using IceCream.Jobs;
using IceCream.Nodes;

namespace IceCream.Host.Commands;

/// <summary>Which scheduler a look at the farm is meant for.</summary>
internal static class Schedulers
{
    /// <summary>The one that is named, else the one that answers a broadcast, else the place on this machine where one would be.</summary>
    public static async ValueTask<FarmAddress> FindAsync(Settings settings, CancellationToken cancellationToken) =>
        settings.Address(Setting.Scheduler, FarmAddress.SchedulerPort)
        ?? await SchedulerDiscovery.FindAsync(settings.Network(), cancellationToken)
        ?? FarmAddress.Tcp("127.0.0.1", FarmAddress.SchedulerPort);
}
