using IceCream.Clients;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>
/// Does a job on the submitting machine by handing it back: once there is a slot, the launcher becomes the compiler. Its end of the
/// connection is closed by the kernel when the compiler ends, and that frees the slot.
/// </summary>
/// <param name="channel">Leads to the launcher.</param>
/// <param name="left">Completes when the launcher's end is closed.</param>
/// <param name="slots">What may run here.</param>
/// <param name="time">Measures the stretches of the road.</param>
internal sealed class HandBackExecutor(AgentChannel channel, Task left, LocalSlots slots, TimeProvider time) : IJobExecutor
{
    private const int LongestReason = 4000;

    /// <summary>Whether the launcher has been told to become the compiler: then there is nothing more to say to it.</summary>
    public bool Done { get; private set; }

    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        using IDisposable slot = await slots.AcquireAsync(LocalSlots.ClassOf(job.LocalOnly), cancellationToken).ConfigureAwait(false);
        JobTimeline passed = JobTimeline.Empty.With(JobStep.LocalSlot, time.GetElapsedTime(since));

        since = time.GetTimestamp();
        Done = true;
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

        // The token is cancelled at the same end, but that end is how such a job ends well.
        await Task.WhenAny(left, Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken)).ConfigureAwait(false);
        if (!left.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return new CompileResult
        {
            Place = JobPlace.Local,
            LocalOnly = job.LocalOnly,
            Timeline = passed.With(JobStep.LocalCompile, time.GetElapsedTime(since)),
        };
    }
}
