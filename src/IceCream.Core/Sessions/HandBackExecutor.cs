using IceCream.Clients;
using IceCream.Execution;
using IceCream.Execution.Local;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>
/// Does a job on the submitting machine by handing it back: once there is a slot, the launcher becomes the compiler. Its end of the
/// connection is closed by the kernel when the compiler ends, and that frees the slot.
/// </summary>
/// <param name="channel">Leads to the launcher.</param>
/// <param name="left">Completes when the launcher's end is closed.</param>
/// <param name="findLauncher">The launcher's process, where it can be watched.</param>
/// <param name="slots">What may run here.</param>
/// <param name="time">Measures the stretches of the road.</param>
/// <param name="closing">Is cancelled when the agent closes, which no parent that is busy is to delay.</param>
internal sealed class HandBackExecutor(
    AgentChannel channel, Task left, Func<PeerProcess?> findLauncher, LocalSlots slots, TimeProvider time, CancellationToken closing) : IJobExecutor
{
    private const int LongestReason = 4000;
    private const int SignalBits = 0x7F, ExitBits = 8;

    /// <summary>Whether the launcher has been told to become the compiler: then there is nothing more to say to it.</summary>
    public bool Done { get; private set; }

    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        job.Progress?.Reach(JobStep.LocalSlot);
        using IDisposable slot = await slots.AcquireAsync(LocalSlots.ClassOf(job), cancellationToken).ConfigureAwait(false);
        JobTimeline passed = JobTimeline.Empty.With(JobStep.LocalSlot, time.GetElapsedTime(since));

        since = time.GetTimestamp();
        job.Progress?.Reach(JobStep.LocalCompile);
        Done = true;
        using PeerProcess? launcher = findLauncher();
        await HandBackAsync(job, cancellationToken).ConfigureAwait(false);
        passed = passed.With(JobStep.LocalCompile, time.GetElapsedTime(since));

        // The compiler has closed its files: the slot is free. A moment later its parent learns how it ended, and so do we.
        slot.Dispose();
        int? status = launcher is null ? null : await launcher.EndAsync(time, closing).ConfigureAwait(false);
        return ResultOf(job, status) with { Timeline = passed };
    }

    /// <summary>The result of a command that ended with such a status, as <c>wait</c> tells it; null when it is not known.</summary>
    internal static CompileResult ResultOf(CompileJob job, int? status)
    {
        int signal = status is { } ended ? ended & SignalBits : 0;
        return new CompileResult
        {
            Place = signal is Linux.SIGHUP or Linux.SIGINT or Linux.SIGQUIT or Linux.SIGTERM ? JobPlace.Cancelled : JobPlace.Local,
            ExitCode = signal != 0 ? 128 + signal : (status ?? 0) >> ExitBits,
            IsExitKnown = status is not null,
            Signal = signal,
            LocalOnly = job.LocalOnly,
        };
    }

    /// <summary>Tells the launcher to become the compiler, and waits for its end.</summary>
    private async ValueTask HandBackAsync(CompileJob job, CancellationToken cancellationToken)
    {
        string reason = job.LocalOnly?.ToString() ?? "";
        try
        {
            await channel.SendAsync(
                new LauncherMessage.RunHere(reason.Length <= LongestReason ? reason : reason[..LongestReason]), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new OperationCanceledException("The launcher has left.", e, cancellationToken);
        }

        // The end of the connection cancels the token too, and yet it is how such a job ends well.
        await Task.WhenAny(left, Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken)).ConfigureAwait(false);
        if (!left.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
