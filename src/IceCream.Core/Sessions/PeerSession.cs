using System.Buffers;
using IceCream.Diagnostics;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Storage;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging;

namespace IceCream.Sessions;

/// <summary>A worker's identity and resources, which all its sessions share.</summary>
/// <param name="Network">The network whose agents it serves.</param>
/// <param name="Name">The worker's name.</param>
/// <param name="Store">The blob store.</param>
/// <param name="Executor">Executes the jobs.</param>
/// <param name="Admit">Checks a capability; returns null when it is valid, else the refusal.</param>
/// <param name="Time">The clock for the time limits of transfers.</param>
internal sealed record PeerHost(
    string Network, string Name, IBlobStore Store, IJobExecutor Executor, Func<ReadOnlyMemory<byte>, string?> Admit, TimeProvider Time)
{
    /// <summary>Called with the capability and the cost of each job that has ended.</summary>
    public Action<ReadOnlyMemory<byte>, CostReport> Ended { get; init; } = static (_, _) => { };

    /// <summary>Waits until no other job runs under the lease of a capability; what it returns is disposed when the job has ended. By default nothing is waited for.</summary>
    public Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask<IDisposable?>> Enter { get; init; } = static (_, _) => ValueTask.FromResult<IDisposable?>(null);
}

/// <summary>The worker side of the peer protocol: one agent's connection, from its greeting to its end.</summary>
internal sealed partial class PeerSession(MultiplexedConnection connection, PeerHost host, ILogger<PeerSession> logger)
{
    /// <summary>Serves the agent until it leaves. Its jobs are then cancelled.</summary>
    /// <param name="greeted">Called when the agent is admitted.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    public async Task RunAsync(Action greeted, CancellationToken cancellationToken)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var jobs = new List<Task>();
        var entries = new PeerEntries();
        try
        {
            if (!await GreetAsync(leaving.Token).ConfigureAwait(false))
            {
                return;
            }

            greeted();
            jobs.Add(ListenAsync(entries, leaving));
            while (await connection.AcceptAsync(leaving.Token).ConfigureAwait(false) is { } channel)
            {
                jobs.RemoveAll(static job => job.IsCompletedSuccessfully);
                jobs.Add(DoJobsAsync(channel, entries, leaving.Token));
            }
        }
        catch (Exception e) when (e is TransportException or IOException or WireFormatException or OperationCanceledException)
        {
            // The agent left, or the peer never was an agent. Its jobs are cancelled below; nobody is left to be told.
        }
        finally
        {
            await leaving.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(jobs).ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            LogLeft(logger, connection.RemoteName, await connection.Closed.ConfigureAwait(false));
        }
    }

    /// <summary>Runs the jobs of one channel. A defect in one of them ends that channel; the agent's other channels go on.</summary>
    private async Task DoJobsAsync(FramedChannel channel, PeerEntries entries, CancellationToken cancellationToken)
    {
        try
        {
            await new PeerJobChannel(channel, entries, host).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogJobFailed(logger, connection.RemoteName, e);
        }
    }

    /// <summary>After the greeting, the control channel carries entries. When it ends, the session ends.</summary>
    private async Task ListenAsync(PeerEntries entries, CancellationTokenSource leaving)
    {
        try
        {
            await entries.ListenAsync(connection.Control, leaving.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TransportException or IOException or WireFormatException or OperationCanceledException)
        {
            // The agent left, or its messages can no longer be decoded: its jobs end with the session.
        }

        await leaving.CancelAsync().ConfigureAwait(false);
    }

    private async ValueTask<bool> GreetAsync(CancellationToken cancellationToken)
    {
        int limit = connection.Control.ReceiveLimit;
        connection.Control.ReceiveLimit = WireLimits.PeerGreeting;
        connection.TakesChannels = false;
        ReadOnlySequence<byte>? frame = await connection.Control.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        if (frame is not { } bytes)
        {
            return false;
        }

        string? refusal = PeerMessage.Decode(bytes) switch
        {
            PeerHello hello when hello.Speaks != PeerMessage.Version =>
                $"It speaks version {PeerMessage.Version} of the protocol, not {hello.Speaks}: run the same release on both machines.",
            PeerHello hello when hello.Network != host.Network => $"It serves the network '{host.Network}', not '{hello.Network}'.",
            PeerHello hello => host.Admit(hello.Capability),
            PeerMessage other => $"A connection begins with a greeting, not with {other.GetType().Name}.",
        };
        if (refusal is null)
        {
            connection.Control.ReceiveLimit = limit;
            connection.TakesChannels = true;
        }

        PeerMessage answer = refusal is null ? new PeerWelcome(PeerMessage.Version, host.Name) : new PeerRefused(refusal);
        await connection.Control.SendAsync(answer, static (message, output) => message.Encode(output), cancellationToken).ConfigureAwait(false);
        if (refusal is null)
        {
            LogGreeted(logger, connection.RemoteName);
            return true;
        }

        LogRefused(logger, connection.RemoteName, refusal);

        // The agent closes the connection after it has read the refusal; closing it here could lose the refusal.
        await connection.Control.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        return false;
    }

    [LoggerMessage(EventIds.AgentGreeted, LogLevel.Debug, "The agent at {Remote} has shown a lease.")]
    private static partial void LogGreeted(ILogger logger, string remote);

    [LoggerMessage(EventIds.AgentLeft, LogLevel.Debug, "The agent at {Remote} has left: {Reason}.")]
    private static partial void LogLeft(ILogger logger, string remote, string reason);

    [LoggerMessage(EventIds.AgentRefused, LogLevel.Information, "The agent at {Remote} was refused: {Objection}")]
    private static partial void LogRefused(ILogger logger, string remote, string objection);

    [LoggerMessage(EventIds.JobFailed, LogLevel.Error, "A job of the agent at {Remote} was given up, because of a defect. Please report it.")]
    private static partial void LogJobFailed(ILogger logger, string remote, Exception exception);
}
