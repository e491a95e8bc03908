using System.Collections.Immutable;
using IceCream.Clients;
using IceCream.Host.Configuration;
using IceCream.Host.Live;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes.Discovery;
using IceCream.Transport;
using IceCream.Transport.Tls;

namespace IceCream.Host.Endpoints;

/// <summary>Finds and queries the scheduler for commands that show a farm.</summary>
internal static class Schedulers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2), PatienceWithStatus = TimeSpan.FromSeconds(10);

    /// <summary>The configured scheduler (the first that accepts), else this user's own, else the one that answers a broadcast, else the default port on loopback.</summary>
    public static async ValueTask<FarmAddress> FindAsync(Settings settings, CancellationToken cancellationToken) =>
        settings.Addresses(Setting.Scheduler, FarmAddress.SchedulerPort) is { IsEmpty: false } named ? await FirstAsync(named, cancellationToken)
        : await FindOwnAsync(settings, cancellationToken)
        ?? await SchedulerDiscovery.FindAsync(settings.Network(), cancellationToken)
        ?? FarmAddress.Tcp("127.0.0.1", FarmAddress.SchedulerPort);

    /// <summary>The transport to a scheduler: TLS if the state directory holds credentials of a joined farm, else plain.</summary>
    /// <exception cref="IOException">The credentials are damaged or unreadable, or other users could use them.</exception>
    public static ITransport Transport(Settings settings)
    {
        var clear = new CompositeTransport(new TcpTransport(), new UnixTransport());
        return CredentialsOf(settings) is { } credentials ? new TlsTransport(clear, credentials, TimeProvider.System) : clear;
    }

    /// <summary>The queries of a scheduler for a live view, in the network of the settings.</summary>
    public static FarmSource Source(Settings settings, FarmAddress scheduler)
    {
        ITransport transport = Transport(settings);
        string network = settings.Text(Setting.Network) ?? "";
        return new FarmSource(
            cancellationToken => FarmMonitor.WatchJobsAsync(transport, scheduler, network, cancellationToken),
            cancellationToken => AskAsync(transport, scheduler, network, cancellationToken));
    }

    /// <summary>Finds the scheduler and queries it; waits at most 10 s for the answer.</summary>
    /// <typeparam name="T">The type of the answer.</typeparam>
    /// <param name="settings">The settings, which may name the scheduler.</param>
    /// <param name="ask">The query, of transport, address, and the network that it must serve.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <exception cref="IOException">No scheduler answers; the message says what to do.</exception>
    public static async Task<T> AskAsync<T>(Settings settings, Func<ITransport, FarmAddress, string, CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        FarmAddress scheduler = await FindAsync(settings, cancellationToken);
        return await AskAsync(scheduler, settings.Text(Setting.Network) ?? "", either => ask(Transport(settings), scheduler, settings.Text(Setting.Network) ?? "", either), cancellationToken);
    }

    /// <summary>Queries a scheduler for its nodes; waits at most 10 s for the answer.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="scheduler">The scheduler's address.</param>
    /// <param name="network">The network that it must serve; empty for any.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <exception cref="IOException">The scheduler does not answer; the message says what to do.</exception>
    public static Task<FarmStatus> AskAsync(ITransport transport, FarmAddress scheduler, string network, CancellationToken cancellationToken) =>
        AskAsync(scheduler, network, either => FarmMonitor.GetStatusAsync(transport, scheduler, network, either), cancellationToken);

    private static async Task<T> AskAsync<T>(FarmAddress scheduler, string network, Func<CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(PatienceWithStatus, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ask(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new IOException($"The scheduler at {scheduler} did not answer within {PatienceWithStatus.TotalSeconds:0} s.");
        }
        catch (IOException e)
        {
            throw new IOException(
                $"No scheduler{(network.Length > 0 ? $" of network '{network}'" : "")} answers at {scheduler}: {e.Message.TrimEnd('.')}. Start one with 'icehost scheduler', or name another with --scheduler HOST:PORT.", e);
        }
    }

    /// <summary>The socket of this user's own secure scheduler, if it runs here: its owner needs no certificate and has more rights.</summary>
    private static async ValueTask<FarmAddress?> FindOwnAsync(Settings settings, CancellationToken cancellationToken)
    {
        try
        {
            if (SchedulerFolder.Of(settings).Socket is var socket && File.Exists(socket))
            {
                await using ITransportConnection answered = await new UnixTransport().ConnectAsync(FarmAddress.Unix(socket), cancellationToken);
                return FarmAddress.Unix(socket);
            }
        }
        catch (IOException)
        {
            // The scheduler has ended and left its socket behind, or there is no state directory.
        }

        return null;
    }

    private static NodeCredentials? CredentialsOf(Settings settings)
    {
        if (settings.Flag(Setting.Insecure) ?? false)
        {
            return null;
        }

        string state;
        try
        {
            state = Places.Own().StateDirectory(settings).Path;
        }
        catch (IOException)
        {
            // Without a state directory there can be no credentials.
            return null;
        }

        return NodeCredentials.Load(NodeCredentials.FolderIn(state));
    }

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
                // The next one may accept; if none does, the error is about the first.
            }
        }

        return named[0];
    }
}
