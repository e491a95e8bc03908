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
/// A classic monitor's connection. It says its version and that it is a monitor, and nothing else for as long as it stays: whatever else it says ends the
/// connection. One that does not read loses events and is then told how things stand; one that takes nothing for long is let go.
/// </summary>
/// <param name="connection">The connection, with its first bytes still to be read.</param>
/// <param name="nodes">The nodes as they are.</param>
/// <param name="jobs">What happens to jobs.</param>
/// <param name="time">The time.</param>
/// <param name="logger">Where it is told who comes and goes.</param>
internal sealed partial class MonitorSession(
    ITransportConnection connection, Func<ImmutableArray<NodeInfo>> nodes, JobEventStream jobs, TimeProvider time, ILogger logger)
{
    /// <summary>How often nodes are looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How long a monitor may take nothing of what it is told.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How many events may wait for a monitor.</summary>
    private const int Backlog = 2048;

    private const string MonitorsOnly = "This scheduler of IceLib speaks to monitors of icecream, and to no other program of it.";

    private readonly MonitoredFarm _farm = new();
    private readonly ArrayBufferWriter<byte> _output = new();
    private int _version;

    /// <summary>Serves it until it leaves.</summary>
    /// <param name="welcome">Called when it has said that it is a monitor: says whether there is room.</param>
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
            // It left before it was welcome, or the scheduler is closing.
        }
    }

    /// <summary>Versions, and that it is a monitor.</summary>
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

    /// <summary>Tells of nodes every so often and of jobs as things happen to them.</summary>
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
            // Of a node that has just come.
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

    /// <summary>Waits for its end: nothing is left for a monitor to say.</summary>
    /// <returns>How it ended.</returns>
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
