using IceCream.Execution.Worker;
using IceCream.Jobs;
using IceCream.Storage;

namespace IceCream.Execution.Local;

/// <summary>
/// Does jobs on this machine as a worker would do them: in a root that holds what a job is known to read and nothing else, observed. Such a compile writes no file of
/// its user's, so that it can be cancelled, raced and kept. Who calls keeps to the slots.
/// </summary>
/// <param name="sandbox">Runs the compiles; made when the first one comes.</param>
/// <param name="time">Measures the stretches of the road.</param>
internal sealed class OwnSandbox(Lazy<SandboxedCompiler> sandbox, TimeProvider time)
{
    /// <summary>Does a job whose toolchain and inputs are known.</summary>
    /// <returns>What it came to, or else what stands in the way.</returns>
    public async ValueTask<(CompileResult? Result, string Obstacle)> ExecuteAsync(CompileJob job, CancellationToken cancellationToken)
    {
        try
        {
            SandboxedCompiler compiler = sandbox.Value;
            SandboxState state = await compiler.PreparedAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            string? obstacle = job.IsWrapped ? "its compiler is a wrapper" : state.Obstacle ?? (compiler.IsObserved ? null : "what compiles look for cannot be observed here");
            return obstacle is null ? await ExecuteAsync(job, compiler, cancellationToken).ConfigureAwait(false) : (null, obstacle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, e.Message);
        }
    }

    private async ValueTask<(CompileResult? Result, string Obstacle)> ExecuteAsync(CompileJob job, SandboxedCompiler compiler, CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        FileTree toolchain = job.Described!.Tree;
        using IDisposable pin = compiler.Store.Pin(toolchain.Files.Concat(job.Inputs!.Files).Select(static file => file.Digest));
        if (FindAbsent([toolchain, job.Inputs], compiler.Store) is { } absent)
        {
            return (null, $"{absent} is not as it was");
        }

        CompileResult result = await compiler.ForOwn.ExecuteAsync(
            job with { Timeline = job.Timeline.With(JobStep.Fetch, time.GetElapsedTime(since)) }, cancellationToken).ConfigureAwait(false);
        return (result, result.Failure?.Message ?? "");
    }

    /// <summary>Brings what the job reads into the store.</summary>
    /// <returns>The first file that is not what it was a moment ago; null when there is none.</returns>
    private static string? FindAbsent(ReadOnlySpan<FileTree> trees, IBlobStore store)
    {
        foreach (FileTree tree in trees)
        {
            foreach (ref readonly TreeFile file in tree.Files.AsSpan())
            {
                if (!store.TryImport(file.Digest, file.Path))
                {
                    return file.Path;
                }
            }
        }

        return null;
    }
}
