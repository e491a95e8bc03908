using System.Collections.Immutable;
using IceCream.Host.Configuration;
using IceCream.Jobs;
using IceCream.Nodes.Discovery;
using IceCream.Transport;

namespace IceCream.Host.Commands;

/// <summary>Which scheduler a look at the farm is meant for.</summary>
internal static class Schedulers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The one that is named, of several the first that answers; else the one that answers a broadcast, else the place on this machine where one would be.</summary>
    public static async ValueTask<FarmAddress> FindAsync(Settings settings, CancellationToken cancellationToken) =>
        settings.Addresses(Setting.Scheduler, FarmAddress.SchedulerPort) is { IsEmpty: false } named ? await FirstAsync(named, cancellationToken)
        : await SchedulerDiscovery.FindAsync(settings.Network(), cancellationToken)
        ?? FarmAddress.Tcp("127.0.0.1", FarmAddress.SchedulerPort);

    private static async ValueTask<FarmAddress> FirstAsync(ImmutableArray<FarmAddress> named, CancellationToken cancellationToken)
    {
        var transport = new CompositeTransport(new TcpTransport(), new UnixTransport());
        foreach (FarmAddress address in named.Length > 1 ? named : [])
        {
            using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                await using ITransportConnection connection = await transport.ConnectAsync(address, either.Token);
                return address;
            }
            catch (Exception e) when (e is IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // The next one may: it is said of the first when none does.
            }
        }

        return named[0];
    }
}
