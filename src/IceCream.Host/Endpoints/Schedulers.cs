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

/// <summary>Which scheduler a look at the farm is meant for.</summary>
internal static class Schedulers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2), PatienceWithStatus = TimeSpan.FromSeconds(10);

    /// <summary>The one that is named, of several the first that answers; else the one that answers a broadcast, else the place on this machine where one would be.</summary>
    public static async ValueTask<FarmAddress> FindAsync(Settings settings, CancellationToken cancellationToken) =>
        settings.Addresses(Setting.Scheduler, FarmAddress.SchedulerPort) is { IsEmpty: false } named ? await FirstAsync(named, cancellationToken)
        : await FindOwnAsync(settings, cancellationToken)
        ?? await SchedulerDiscovery.FindAsync(settings.Network(), cancellationToken)
        ?? FarmAddress.Tcp("127.0.0.1", FarmAddress.SchedulerPort);

    /// <summary>How a scheduler is spoken to: within TLS by who has joined a farm, with what lies in the state directory.</summary>
    /// <exception cref="IOException">What lies there is damaged, or others could use it.</exception>
    public static ITransport Transport(Settings settings)
    {
        var clear = new CompositeTransport(new TcpTransport(), new UnixTransport());
        return CredentialsOf(settings) is { } credentials ? new TlsTransport(clear, credentials, TimeProvider.System) : clear;
    }

    /// <summary>A scheduler to look at for longer, in the network of the settings.</summary>
    public static FarmSource Source(Settings settings, FarmAddress scheduler)
    {
        ITransport transport = Transport(settings);
        string network = settings.Text(Setting.Network) ?? "";
        return new FarmSource(
            cancellationToken => FarmMonitor.WatchJobsAsync(transport, scheduler, network, cancellationToken),
            cancellationToken => AskAsync(transport, scheduler, network, cancellationToken));
    }

    /// <summary>Asks the scheduler of the settings something, and waits 10 s at most.</summary>
    /// <typeparam name="T">What it answers.</typeparam>
    /// <param name="settings">The settings, which may name it.</param>
    /// <param name="ask">Asks: how it is reached, where, and the network that it must serve.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">None answers; the message says what to do.</exception>
    public static async Task<T> AskAsync<T>(Settings settings, Func<ITransport, FarmAddress, string, CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        FarmAddress scheduler = await FindAsync(settings, cancellationToken);
        return await AskAsync(scheduler, settings.Text(Setting.Network) ?? "", either => ask(Transport(settings), scheduler, settings.Text(Setting.Network) ?? "", either), cancellationToken);
    }

    /// <summary>Asks a scheduler for its nodes, and waits 10 s at most.</summary>
    /// <param name="transport">How it is reached.</param>
    /// <param name="scheduler">Where it is.</param>
    /// <param name="network">The network that it must serve; empty: whichever it serves.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">None answers; the message says what to do.</exception>
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

    /// <summary>The socket of this user's own secure scheduler: its owner needs no certificate, and may do more.</summary>
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
            // It has ended and left its socket, or there is no state directory at all.
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
            // Whoever has no place for a state has joined nothing.
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
                // The next one may: it is said of the first when none does.
            }
        }

        return named[0];
    }
}
