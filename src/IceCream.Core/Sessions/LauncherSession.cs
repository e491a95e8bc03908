using System.Net.Sockets;
using System.Text;
using IceCream.Clients;
using IceCream.Execution;
using IceCream.Execution.History;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>What the sessions of an agent's launchers share.</summary>
/// <param name="User">Whose share of the farm the jobs use.</param>
/// <param name="Pipeline">Does a job, or sees to it that its launcher does.</param>
/// <param name="Here">Has its launcher do a job.</param>
/// <param name="History">Where requests are counted that cannot be served.</param>
/// <param name="Describe">Says what has been done.</param>
/// <param name="View">Which files the agent sees.</param>
/// <param name="Time">The time.</param>
/// <param name="Yield">Gives the socket up, with the word whether the next launcher is to start an agent, and completes when somebody may listen there; null: the agent keeps it.</param>
internal sealed record AgentHost(
    string User, IJobExecutor Pipeline, IJobExecutor Here, JobHistory History, Func<JobStatistics> Describe, FileView View, TimeProvider Time, Func<bool, Task>? Yield = null)
{
    /// <summary>What has ended and will be in the history in a moment.</summary>
    public EndingCommands Ending { get; } = new(Time);
}

/// <summary>The answering end of the launcher protocol: one command, from a launcher that waits for its end; or questions about what was done.</summary>
internal sealed class LauncherSession(ITransportConnection connection, AgentHost host)
{
    /// <summary>How often a launcher hears that its agent is alive: a fraction of what it waits before it gives the agent up.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    private const int LongestText = 4000;

    private readonly AgentChannel _channel = new(connection.Stream);

    /// <summary>Serves whoever connected, until it is answered or leaves.</summary>
    /// <param name="greeted">Called with the first message: it is a launcher, or somebody who asks.</param>
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
                        await RefuseAsync(
                            $"the agent speaks version {LauncherCodec.Version}, not {request.Version}: {(host.Yield is null ? "restart it after an update" : "it leaves, and the next launcher starts another")}",
                            cancellationToken).ConfigureAwait(false);
                        await (host.Yield?.Invoke(true) ?? Task.CompletedTask).ConfigureAwait(false);
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
            // The launcher left, or the agent is closing: a launcher that is still there becomes the compiler.
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return false;
    }

    /// <summary>The next message; null when the other end has closed, or was refused because it sent none.</summary>
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

    /// <summary>Tells a launcher that it must do without, and counts it.</summary>
    private ValueTask RefuseAsync(string why, CancellationToken cancellationToken)
    {
        host.History.Refuse(why);
        return _channel.SendAsync(new LauncherMessage.Refused(why.Length <= LongestText ? why : why[..LongestText]), cancellationToken);
    }

    private async Task ServeAsync(LauncherMessage.Request request, CancellationToken cancellationToken)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task watch = WatchAsync(left, entered.Task, leaving);
        try
        {
            using ITimer beat = host.Time.CreateTimer(_ => _channel.Beat(), null, Beat, Beat);
            using var launcher = new WaitingLauncher(_channel, left.Task, connection.Stream, host.Time, cancellationToken);
            CompileJob job = JobOf(request, launcher);
            CompileResult result = await host.Pipeline.ExecuteAsync(job, leaving.Token).ConfigureAwait(false);
            if (!launcher.IsCompiler)
            {
                await FinishAsync(job, result, leaving.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not (IOException or OperationCanceledException))
        {
            // The loop that serves all launchers logs the defect. This launcher is told to go on without an agent.
            await RefuseAsync($"a defect of the agent: {e.Message}", cancellationToken).ConfigureAwait(false);
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

    /// <summary>Whether the launcher's end is open. The kernel knows sooner than whoever waits to read from it: a launcher says nothing while its job is under way.</summary>
    private bool IsThere() => connection.Stream is not NetworkStream { Socket: var socket } || !socket.Poll(0, SelectMode.SelectRead);

    private CompileJob JobOf(LauncherMessage.Request request, WaitingLauncher launcher) => new()
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
        LocalOnly = request.View.DifferenceFrom(host.View) is { } difference ? new LocalOnlyReason(LocalOnlyKind.OtherFiles, difference)
            : PeerLimits.Find(connection.Stream) is { } limit ? new LocalOnlyReason(LocalOnlyKind.LocalFlag, limit) { Effect = "holds for this command, and would not on a worker" }
            : null,
    };

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
            // More text than one message holds; run here, the compiler writes it itself.
            await host.Here.ExecuteAsync(job with { LocalOnly = new LocalOnlyReason(LocalOnlyKind.TooLarge, e.Message) }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A launcher says nothing more: whatever is read now is its end.</summary>
    private async Task WatchAsync(TaskCompletionSource left, Task entered, CancellationTokenSource leaving)
    {
        try
        {
            await connection.Stream.ReadAsync(new byte[1], leaving.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The launcher was killed, or the job has ended first.
        }

        host.Ending.Add(entered);
        left.SetResult();
        await leaving.CancelAsync().ConfigureAwait(false);
    }
}
