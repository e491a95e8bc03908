using IceCream.Processes;

namespace IceCream.Sandboxing;

/// <summary>
/// Checks a running command periodically and reports when it must be ended: when it has written more than it may, or when one of its processes has
/// been stopped by a signal and is not continued. An agent would otherwise wait for the whole time limit.
/// </summary>
/// <param name="command">The command.</param>
/// <param name="time">The clock.</param>
internal sealed class CommandWatch(SandboxCommand command, TimeProvider time)
{
    /// <summary>How long a process may be stopped. Inspecting a stopped process takes longer, and must not delay a build.</summary>
    public static readonly TimeSpan PatienceWithStopped = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly string[] _folders = [.. command.Mounts.Where(static mount => mount.Writable).Select(static mount => mount.Source)];
    private volatile int _process;
    private long? _stoppedSince;

    /// <summary>Sets the process of the command, whose descendants are checked too.</summary>
    public void Begin(int process) => _process = process;

    /// <summary>Watches until it is cancelled.</summary>
    /// <returns>Why the command must be ended, for people; null when the watch was cancelled first.</returns>
    public async Task<string?> WatchAsync(CancellationToken cancellationToken)
    {
        using var ticks = new PeriodicTimer(Every, time);
        try
        {
            while (await ticks.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                if ((DiskWatch.FindExcess(_folders, command.Limits.Disk) ?? FindStandstill()) is { } reason)
                {
                    return reason;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The command has ended by itself.
        }
        catch (IOException e)
        {
            return $"nobody can see how much it writes: {e.Message}";
        }

        return null;
    }

    private string? FindStandstill()
    {
        if (_process == 0 || !ProcessFamily.IsAnyStopped(_process))
        {
            _stoppedSince = null;
            return null;
        }

        _stoppedSince ??= time.GetTimestamp();
        return time.GetElapsedTime(_stoppedSince.Value) >= PatienceWithStopped ? $"a process of it was stopped by a signal, and stood still for {PatienceWithStopped.TotalSeconds} s" : null;
    }
}
