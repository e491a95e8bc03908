using IceCream.Processes;

namespace IceCream.Sandboxing;

/// <summary>
/// Looks at a command again and again while it runs, and says when it is to be ended: when it has written more than it may, and when one of its processes has been stopped by a signal and
/// nobody lets it go on, for whom an agent would wait until the time of the whole command is up.
/// </summary>
/// <param name="command">The command.</param>
/// <param name="time">Measures the pauses.</param>
internal sealed class CommandWatch(SandboxCommand command, TimeProvider time)
{
    /// <summary>How long a process may stand still: who stops one to look at it takes longer, and is not to keep a build waiting.</summary>
    public static readonly TimeSpan PatienceWithStopped = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly string[] _folders = [.. command.Mounts.Where(static mount => mount.Writable).Select(static mount => mount.Source)];
    private volatile int _process;
    private long? _stoppedSince;

    /// <summary>Tells which process the command is, with those that it starts.</summary>
    public void Begin(int process) => _process = process;

    /// <summary>Watches until it is cancelled.</summary>
    /// <returns>Why the command is to be ended, for people; null when it was cancelled before there was a reason.</returns>
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
