using System.Text;
using IceCream.Jobs;
using IceCream.Processes;

namespace IceCream.Execution.Local;

/// <summary>Runs the compiler on the submitting machine, where it writes its outputs itself.</summary>
internal sealed class LocalExecutor(LocalSlots slots, TimeProvider time) : IJobExecutor
{
    /// <summary>Keeps the job on this machine even if a script in the compiler's place calls a launcher.</summary>
    private const string LaunchersOff = "ICECREAM_DISABLE=1";

    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        job.Progress?.Reach(JobStep.LocalSlot);
        using IDisposable slot = await slots.AcquireAsync(LocalSlots.ClassOf(job), cancellationToken).ConfigureAwait(false);
        JobTimeline passed = JobTimeline.Empty.With(JobStep.LocalSlot, time.GetElapsedTime(since));
        since = time.GetTimestamp();
        job.Progress?.Reach(JobStep.LocalCompile);
        var command = new ChildCommand
        {
            Program = job.Compiler,
            Arguments = [.. job.CommandLine.Skip(1)],
            Environment = job.Environment.Add(LaunchersOff),
            WorkingDirectory = job.WorkingDirectory,
        };
        try
        {
            ChildOutcome child = await ChildProcess.RunAsync(command, cancellationToken).ConfigureAwait(false);
            return new CompileResult
            {
                Place = JobPlace.Local,
                ExitCode = child.ExitCode,
                Signal = child.ExitCode is > 128 and <= 128 + 64 ? child.ExitCode - 128 : 0,
                StandardOutput = child.StandardOutput,
                StandardError = child.StandardError,
                Timeline = passed.With(JobStep.LocalCompile, time.GetElapsedTime(since)),
            };
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            // The exit code and the message are those of a shell for a command that cannot be executed.
            return new CompileResult
            {
                Place = JobPlace.Local,
                ExitCode = 126,
                StandardError = Encoding.UTF8.GetBytes($"{job.Compiler}: {e.Message}\n"),
                Timeline = passed,
            };
        }
    }
}
