using System.Text;
using IceCream.Clients;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>What the sessions of an agent's launchers share.</summary>
/// <param name="User">Whose share of the farm the jobs use.</param>
/// <param name="Road">Makes the road of a job from how it is done on this machine.</param>
/// <param name="Slots">What may run here.</param>
/// <param name="Describe">Says what has been done.</param>
/// <param name="Time">The time.</param>
internal sealed record AgentHost(string User, Func<IJobExecutor, IJobExecutor> Road, LocalSlots Slots, Func<JobStatistics> Describe, TimeProvider Time);

/// <summary>The answering end of arrow 1: one command, from a launcher that waits for its end; or questions about what was done.</summary>
internal sealed class LauncherSession(ITransportConnection connection, AgentHost host)
{
    /// <summary>How often a launcher hears that its agent is alive: a fraction of what it waits before it gives the agent up.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    private readonly AgentChannel _channel = new(connection.Stream);

    /// <summary>Serves whoever connected, until it is answered or leaves.</summary>
    /// <returns>Whether a command was served.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _channel.ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
            {
                switch (message)
                {
                    case LauncherMessage.Request { Version: not LauncherCodec.Version } request:
                        await _channel.SendAsync(
                            new LauncherMessage.Refused($"The agent speaks version {LauncherCodec.Version}, not {request.Version}: restart it after an update."),
                            cancellationToken).ConfigureAwait(false);
                        return false;
                    case LauncherMessage.Request request:
                        await ServeAsync(request, cancellationToken).ConfigureAwait(false);
                        return true;
                    case LauncherMessage.StatisticsRequest:
                        await _channel.SendAsync(new LauncherMessage.StatisticsReply(host.Describe()), cancellationToken).ConfigureAwait(false);
                        break;
                    default:
                        await _channel.SendAsync(
                            new LauncherMessage.Refused($"An agent is not told {message.GetType().Name}."), cancellationToken).ConfigureAwait(false);
                        return false;
                }
            }
        }
        catch (Exception e) when (e is IOException or WireFormatException or OperationCanceledException)
        {
            // The launcher left, is none, or the agent is closing: a launcher that is still there becomes the compiler.
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return false;
    }

    private async Task ServeAsync(LauncherMessage.Request request, CancellationToken cancellationToken)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task watch = WatchAsync(left, leaving);
        try
        {
            using ITimer beat = host.Time.CreateTimer(_ => _channel.Beat(), null, Beat, Beat);
            var here = new HandBackExecutor(_channel, left.Task, host.Slots, host.Time);
            CompileJob job = JobOf(request);
            CompileResult result = await host.Road(here).ExecuteAsync(job, leaving.Token).ConfigureAwait(false);
            if (!here.Done)
            {
                await FinishAsync(job, result, here, leaving.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            await leaving.CancelAsync().ConfigureAwait(false);
            await watch.ConfigureAwait(false);
        }
    }

    private CompileJob JobOf(LauncherMessage.Request request) => new()
    {
        CommandLine = request.CommandLine,
        Compiler = request.Compiler,
        WorkingDirectory = request.WorkingDirectory,
        Environment = [.. request.Environment.Where(static variable => !variable.StartsWith("ICECREAM_", StringComparison.Ordinal))],
        Umask = request.Umask,
        Mode = request.Mode,
        IsTerminal = request.IsTerminal,
        User = host.User,
    };

    private async ValueTask FinishAsync(CompileJob job, CompileResult result, HandBackExecutor here, CancellationToken cancellationToken)
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
            await here.ExecuteAsync(job with { LocalOnly = new LocalOnlyReason(LocalOnlyKind.TooLarge, e.Message) }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A launcher says nothing more: whatever is read now is its end.</summary>
    private async Task WatchAsync(TaskCompletionSource left, CancellationTokenSource leaving)
    {
        try
        {
            await connection.Stream.ReadAsync(new byte[1], leaving.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Gone by force, or the job has ended first.
        }

        left.SetResult();
        await leaving.CancelAsync().ConfigureAwait(false);
    }
}
