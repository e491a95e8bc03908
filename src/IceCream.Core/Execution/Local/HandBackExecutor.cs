using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Execution.Local;

/// <summary>
/// Executes a job on the submitting machine by handing it back to its launcher: once there is a slot, the launcher becomes the compiler. The kernel
/// closes the launcher's end of the connection when the compiler ends, which frees the slot.
/// </summary>
/// <param name="inner">Executes the jobs of this process, which have no launcher.</param>
/// <param name="slots">The slots of this machine.</param>
/// <param name="time">Measures the steps.</param>
internal sealed class HandBackExecutor(IJobExecutor inner, LocalSlots slots, TimeProvider time) : IJobExecutor
{
    private const int SignalBits = 0x7F, ExitBits = 8;

    public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) =>
        job.Launcher is { } launcher ? HandBackAsync(job, launcher, cancellationToken) : inner.ExecuteAsync(job, cancellationToken);

    /// <summary>The result of a command with a wait status; null when the status is unknown.</summary>
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

    private async ValueTask<CompileResult> HandBackAsync(CompileJob job, IJobLauncher launcher, CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        job.Progress?.Reach(JobStep.LocalSlot);
        using IDisposable slot = await slots.AcquireAsync(LocalSlots.ClassOf(job), cancellationToken).ConfigureAwait(false);
        JobTimeline passed = JobTimeline.Empty.With(JobStep.LocalSlot, time.GetElapsedTime(since));

        since = time.GetTimestamp();
        job.Progress?.Reach(JobStep.LocalCompile);
        await launcher.BecomeCompilerAsync(job.LocalOnly?.ToString() ?? "", cancellationToken).ConfigureAwait(false);
        passed = passed.With(JobStep.LocalCompile, time.GetElapsedTime(since));

        // The compiler has closed its files, so the slot is free. Its exit status becomes known a moment later, after its parent has reaped it.
        slot.Dispose();
        return ResultOf(job, await launcher.EndAsync().ConfigureAwait(false)) with { Timeline = passed };
    }
}
