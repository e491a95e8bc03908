using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Transport;
using Microsoft.Extensions.Logging;

namespace IceCream.Interop.Icecream;

/// <summary>
/// The connection of a classic monitor. The monitor sends its version and that it is a monitor; anything else that it sends ends the connection. A monitor
/// that does not read loses events and then receives the current state; one that accepts nothing for <see cref="Patience"/> is disconnected.
/// </summary>
/// <param name="connection">The connection, with its first bytes still to be read.</param>
/// <param name="nodes">Returns the current nodes.</param>
/// <param name="jobs">The stream of job events.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs connects and disconnects.</param>
internal sealed partial class MonitorSession(
    ITransportConnection connection, Func<ImmutableArray<NodeInfo>> nodes, JobEventStream jobs, TimeProvider time, ILogger logger)
{
    /// <summary>The interval at which the nodes are polled.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How long a monitor may accept none of the data that is sent to it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How many events may wait for a monitor.</summary>
    private const int Backlog = 2048;

    private const string MonitorsOnly = "This scheduler of IceLib speaks to monitors of icecream, and to no other program of it.";

    private readonly MonitoredFarm _farm = new();
    private readonly ArrayBufferWriter<byte> _output = new();
    private int _version;

    /// <summary>Serves the monitor until it disconnects.</summary>
    /// <param name="welcome">Called when the peer has identified itself as a monitor; returns whether there is room for it.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    public async Task RunAsync(Func<bool> welcome, CancellationToken cancellationToken)
    {
        string reason = "the scheduler is closing";
        try
        {
            if (!await GreetAsync(cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            if (!welcome())
            {
                await RefuseAsync("There are too many monitors.", cancellationToken).ConfigureAwait(false);
                return;
            }

            LogCame(logger, connection.RemoteName, _version);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task<string> telling = TellAsync(ending.Token), listening = ListenAsync(ending.Token);
            reason = await (await Task.WhenAny(telling, listening).ConfigureAwait(false)).ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(telling, listening).ConfigureAwait(false);
            LogLeft(logger, connection.RemoteName, reason);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The peer disconnected before it was admitted, or the scheduler is closing.
        }
    }

    /// <summary>Negotiates the version, and reads that the peer is a monitor.</summary>
    private async ValueTask<bool> GreetAsync(CancellationToken cancellationToken)
    {
        byte[] said = new byte[ClassicVersion.Size], answer = new byte[2 * ClassicVersion.Size];
        await connection.Stream.ReadExactlyAsync(said, cancellationToken).ConfigureAwait(false);
        ClassicVersion.Write(answer, ClassicVersion.Newest);
        if (ClassicVersion.Common(said) is not { } common)
        {
            LogRefused(logger, connection.RemoteName, $"it speaks version {BinaryPrimitives.ReadUInt32LittleEndian(said)} of icecream's protocol, and {ClassicVersion.Oldest} is the oldest that is spoken here");
            await connection.Stream.WriteAsync(answer.AsMemory(0, ClassicVersion.Size), cancellationToken).ConfigureAwait(false);
            return false;
        }

        _version = common;
        ClassicVersion.Write(answer.AsSpan(ClassicVersion.Size), common);
        await connection.Stream.WriteAsync(answer, cancellationToken).ConfigureAwait(false);
        await connection.Stream.ReadExactlyAsync(said, cancellationToken).ConfigureAwait(false);
        if (!said.AsSpan().SequenceEqual(answer.AsSpan(ClassicVersion.Size)))
        {
            LogRefused(logger, connection.RemoteName, "it confirmed another version than the newest that both know");
            return false;
        }

        byte[] login = new byte[MonitorCodec.MonitorLogin.Length];
        await connection.Stream.ReadExactlyAsync(login, cancellationToken).ConfigureAwait(false);
        if (login.AsSpan().SequenceEqual(MonitorCodec.MonitorLogin))
        {
            return true;
        }

        LogRefused(logger, connection.RemoteName, "it is no monitor, and other programs of icecream need a scheduler of icecream");
        await RefuseAsync(MonitorsOnly, cancellationToken).ConfigureAwait(false);
        return false;
    }

    private async ValueTask RefuseAsync(string text, CancellationToken cancellationToken)
    {
        MonitorCodec.Write(_output, new MonitorMessage.Refusal(text), _version);
        await connection.Stream.WriteAsync(_output.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends changes of nodes at each interval, and job events as they happen.</summary>
    /// <returns>Why it stopped.</returns>
    private async Task<string> TellAsync(CancellationToken cancellationToken)
    {
        using JobEventSubscription subscription = jobs.Subscribe(Backlog);
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            Task<IReadOnlyList<JobEvent>> happening = subscription.ReadAsync(Backlog, cancellationToken).AsTask();
            Task<bool> ticking = Task.FromResult(true);
            while (true)
            {
                await Task.WhenAny(happening, ticking).ConfigureAwait(false);
                if (ticking.IsCompleted)
                {
                    await ticking.ConfigureAwait(false);
                    Add(_farm.See(nodes()));
                    ticking = timer.WaitForNextTickAsync(cancellationToken).AsTask();
                }

                if (happening.IsCompleted)
                {
                    Hear(await happening.ConfigureAwait(false));
                    happening = subscription.ReadAsync(Backlog, cancellationToken).AsTask();
                }

                await SendAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return "the connection has ended";
        }
        catch (OperationCanceledException)
        {
            return $"it has taken nothing for {Patience.TotalSeconds:0} s";
        }
        catch (IOException e)
        {
            return e.Message.TrimEnd('.');
        }
    }

    private void Hear(IReadOnlyList<JobEvent> happened)
    {
        if (happened.Any(each => !_farm.Knows(each)))
        {
            // The event concerns a node that has just connected.
            Add(_farm.See(nodes()));
        }

        foreach (JobEvent each in happened)
        {
            Add(_farm.Hear(each));
        }
    }

    private void Add(IReadOnlyList<MonitorMessage> messages)
    {
        foreach (MonitorMessage message in messages)
        {
            MonitorCodec.Write(_output, message, _version);
        }
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        if (_output.WrittenCount == 0)
        {
            return;
        }

        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await connection.Stream.WriteAsync(_output.WrittenMemory, either.Token).ConfigureAwait(false);
        await connection.Stream.FlushAsync(either.Token).ConfigureAwait(false);
        _output.ResetWrittenCount();
    }

    /// <summary>Waits for the end of the connection: a monitor has nothing left to send.</summary>
    /// <returns>How the connection ended.</returns>
    private async Task<string> ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await connection.Stream.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false) == 0
                ? "closed at the other end"
                : "it went on speaking, where monitors only listen";
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return e is IOException ? e.Message.TrimEnd('.') : "the scheduler is closing";
        }
    }

    [LoggerMessage(EventIds.ClassicMonitorCame, LogLevel.Information, "The classic monitor {Remote} looks at the farm, by version {Version} of icecream's protocol.")]
    private static partial void LogCame(ILogger logger, string remote, int version);

    [LoggerMessage(EventIds.ClassicMonitorLeft, LogLevel.Information, "The classic monitor {Remote} has left: {Reason}.")]
    private static partial void LogLeft(ILogger logger, string remote, string reason);

    [LoggerMessage(EventIds.ClassicPeerRefused, LogLevel.Warning, "{Remote} was refused: {Reason}.")]
    private static partial void LogRefused(ILogger logger, string remote, string reason);
}
