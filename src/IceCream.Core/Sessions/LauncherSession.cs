using System.Net.Sockets;
using System.Text;
using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Execution;
using IceCream.Execution.History;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>What all launcher sessions of an agent share.</summary>
/// <param name="User">The user whose share of the farm the jobs use.</param>
/// <param name="Pipeline">Executes a job, or makes its launcher execute it.</param>
/// <param name="Here">Makes the launcher execute a job.</param>
/// <param name="History">Counts requests that cannot be served.</param>
/// <param name="Describe">Returns the agent's statistics.</param>
/// <param name="View">Which files the agent sees.</param>
/// <param name="Time">The clock.</param>
/// <param name="Yield">Gives up the socket; completes when another process may listen there. Argument: whether the next launcher starts an agent. Null: it is kept.</param>
internal sealed record AgentHost(
    string User, IJobExecutor Pipeline, IJobExecutor Here, JobHistory History, Func<JobStatistics> Describe, FileView View, TimeProvider Time, Func<bool, Task>? Yield = null)
{
    /// <summary>Commands that have ended and will be in the history in a moment.</summary>
    public EndingCommands Ending { get; } = new(Time);
}

/// <summary>The agent side of the launcher protocol: one command, from a launcher that waits for its end; or requests for statistics.</summary>
internal sealed class LauncherSession(ITransportConnection connection, AgentHost host)
{
    /// <summary>How often an agent tells a launcher that it is alive: a fraction of the time after which the launcher gives up on it.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    private const int LongestText = 4000;

    private readonly AgentChannel _channel = new(connection.Stream);

    /// <summary>Serves a client until it is answered or disconnects.</summary>
    /// <param name="greeted">Called when a message has arrived, so that the client is a launcher or requests something.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    /// <returns>Whether a command was served.</returns>
    public async Task<bool> RunAsync(Action greeted, CancellationToken cancellationToken)
    {
        try
        {
            while (await ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
            {
                greeted();
                switch (message)
                {
                    case LauncherMessage.ForeignRequest request:
                        await AnswerAsync(request, cancellationToken).ConfigureAwait(false);
                        return false;
                    case LauncherMessage.YieldRequest:
                        await _channel.SendAsync(await YieldAsync().ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
                        return false;
                    case LauncherMessage.Request request:
                        await ServeAsync(request, cancellationToken).ConfigureAwait(false);
                        return true;
                    case LauncherMessage.StatisticsRequest:
                        await host.Ending.EnteredAsync(cancellationToken).ConfigureAwait(false);
                        await _channel.SendAsync(new LauncherMessage.StatisticsReply(host.Describe()), cancellationToken).ConfigureAwait(false);
                        break;
                    default:
                        await RefuseAsync($"an agent is not told {message.GetType().Name}", cancellationToken).ConfigureAwait(false);
                        return false;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The launcher left, or the agent is closing: a launcher that is still there executes the compiler itself.
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return false;
    }

    /// <summary>
    /// Refuses a launcher of another version. An agent that a launcher started leaves to a later version only: launchers of two versions that share a socket would
    /// otherwise end each other's agent by turns, and each compile of a build would find none.
    /// </summary>
    private async ValueTask AnswerAsync(LauncherMessage.ForeignRequest request, CancellationToken cancellationToken)
    {
        bool leaves = host.Yield is not null && request.Version > LauncherCodec.Version;
        string next = leaves ? "it leaves, and the next launcher starts another"
            : host.Yield is null ? "restart it after an update"
            : "the launcher is the older of the two, and compiles here: update it, or give it an agent of its own by ICECREAM_SOCKET";
        await RefuseAsync($"the agent speaks version {LauncherCodec.Version}, not {request.Version}: {next}", cancellationToken).ConfigureAwait(false);
        if (leaves)
        {
            await host.Yield!(true).ConfigureAwait(false);
        }
    }

    /// <summary>The next message; null when the client has disconnected, or was refused because its message was invalid.</summary>
    private async ValueTask<LauncherMessage?> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _channel.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (WireFormatException e)
        {
            await RefuseAsync($"the agent does not understand the request: {e.Message}", cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    private async ValueTask<LauncherMessage> YieldAsync()
    {
        if (host.Yield is null)
        {
            return new LauncherMessage.Refused($"process {Environment.ProcessId} is a daemon of its own right");
        }

        await host.Yield(false).ConfigureAwait(false);
        return new LauncherMessage.Yielded();
    }

    /// <summary>Refuses a request, and counts the refusal.</summary>
    private ValueTask RefuseAsync(string why, CancellationToken cancellationToken)
    {
        host.History.Refuse(why);
        return _channel.SendAsync(new LauncherMessage.Refused(ShortText.Cut(why, LongestText)), cancellationToken);
    }

    private async Task ServeAsync(LauncherMessage.Request request, CancellationToken cancellationToken)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task watch = WatchAsync(left, entered.Task, leaving);
        bool isAnswered = false;
        try
        {
            using ITimer beat = host.Time.CreateTimer(_ => _channel.Beat(), null, Beat, Beat);
            using var launcher = new WaitingLauncher(_channel, left.Task, connection.Stream, host.Time, cancellationToken);
            CompileJob job = JobOf(request, launcher, PeerCredentials.Of(connection.Stream));
            CompileResult result = await host.Pipeline.ExecuteAsync(job, leaving.Token).ConfigureAwait(false);
            isAnswered = true;
            if (!launcher.IsCompiler)
            {
                await FinishAsync(job, result, leaving.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException && (e is not IOException || (!isAnswered && !left.Task.IsCompleted)))
        {
            // Of a job, no executor throws because its launcher has left: an IOException comes from a file or a connection that no job should have been told of.
            // The loop that serves all launchers logs the defect. This launcher continues without an agent.
            try
            {
                await RefuseAsync($"a defect of the agent: {e.Message}", cancellationToken).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException)
            {
                // The launcher has left meanwhile. The defect is logged all the same.
            }

            if (e is IOException)
            {
                throw new InvalidOperationException($"A job was told of a failure that it should not have been: {e.Message}", e);
            }

            throw;
        }
        finally
        {
            await leaving.CancelAsync().ConfigureAwait(false);
            await watch.ConfigureAwait(false);
            host.Ending.Remove(entered.Task);
            entered.SetResult();
        }
    }

    /// <summary>Whether the launcher's end is open. The kernel knows this sooner than a pending read; a launcher sends nothing while its job is under way.</summary>
    private bool IsThere() => connection.Stream is not NetworkStream { Socket: var socket } || !socket.Poll(0, SelectMode.SelectRead);

    private CompileJob JobOf(LauncherMessage.Request request, WaitingLauncher launcher, PeerCredentials? peer) => new()
    {
        CommandLine = request.CommandLine,
        Compiler = request.Compiler,
        WorkingDirectory = request.WorkingDirectory,
        Environment = [.. request.Environment.Where(static variable => !variable.StartsWith("ICECREAM_", StringComparison.Ordinal))],
        Cache = request.Environment.Where(static variable => variable.StartsWith(CacheModes.Variable + "=", StringComparison.Ordinal))
            .Select(static variable => CacheModes.Parse(variable[(CacheModes.Variable.Length + 1)..])).FirstOrDefault(),
        Umask = request.Umask,
        Mode = request.Mode,
        IsTerminal = request.IsTerminal,
        WithheldVariables = request.Withheld,
        User = host.User,
        IsAwaited = IsThere,
        Launcher = launcher,
        Group = peer is { } known && known.Group != Linux.EffectiveGroup() ? known.Group : null,
        LocalOnly = ReasonToStay(request.View, peer),
    };

    private LocalOnlyReason? ReasonToStay(FileView view, PeerCredentials? peer) =>
        view.DifferenceFrom(host.View, () => DoMountsAgree(peer)) is { } difference ? new LocalOnlyReason(LocalOnlyKind.OtherFiles, difference)
        : peer is { } known ? ReasonToStay(known) : null;

    private static bool DoMountsAgree(PeerCredentials? peer) =>
        peer is { } known && MountTable.Of(known.Process) is { } mounts && MountTable.Of(Environment.ProcessId) is { } own && mounts.AgreesWith(own);

    /// <summary>
    /// Why a command stays with its process: root may connect to another user's agent, and <c>newgrp</c> may give a process a group to which the agent cannot
    /// give files.
    /// </summary>
    private static LocalOnlyReason? ReasonToStay(PeerCredentials peer)
    {
        uint user = Linux.EffectiveUser();
        return PeerLimits.Find(peer) is { } limit ? new LocalOnlyReason(LocalOnlyKind.LocalFlag, limit) { Effect = "holds for this command, and would not on a worker" }
            : peer.OwnsOtherFilesThan(user, Linux.MayGiveTo) ? new LocalOnlyReason(LocalOnlyKind.LocalFlag, $"user {peer.User}, group {peer.Group}")
            {
                Effect = $"would own what this command writes, and the agent writes files of user {user}, in groups of which it is a member",
            }
            : null;
    }

    private async ValueTask FinishAsync(CompileJob job, CompileResult result, CancellationToken cancellationToken)
    {
        var finished = new LauncherMessage.Finished
        {
            ExitCode = result.ExitCode,
            Signal = result.Signal,
            StandardOutput = result.StandardOutput,
            StandardError = result.Failure is { } failure
                ? Encoding.UTF8.GetBytes($"icelaunch: {job.CommandLine[0]} was not run: {failure}\n")
                : result.StandardError,
        };
        try
        {
            await _channel.SendAsync(finished, cancellationToken).ConfigureAwait(false);
        }
        catch (WireFormatException e)
        {
            // The output exceeds one message; the launcher runs the compiler, which then writes the output itself.
            await host.Here.ExecuteAsync(job with { LocalOnly = new LocalOnlyReason(LocalOnlyKind.TooLarge, e.Message) }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A launcher sends nothing more, so the end of this read means that it has left.</summary>
    private async Task WatchAsync(TaskCompletionSource left, Task entered, CancellationTokenSource leaving)
    {
        try
        {
            await connection.Stream.ReadAsync(new byte[1], leaving.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The launcher was killed, or the job ended first.
        }

        host.Ending.Add(entered);
        left.SetResult();
        await leaving.CancelAsync().ConfigureAwait(false);
    }
}
