using IceCream.Diagnostics;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using IceCream.Storage;

namespace IceCream.Execution.Local;

/// <summary>
/// Executes jobs on this machine in the way of a worker: observed, and in a root that contains only what a job is known to read. Such a compile
/// writes no file of its user, so that it can be cancelled, raced and cached. The caller must hold a slot.
/// </summary>
/// <param name="sandbox">Runs the compiles; created for the first one.</param>
/// <param name="time">Measures the steps.</param>
internal sealed class OwnSandbox(RetriedLazy<SandboxedCompiler> sandbox, TimeProvider time)
{
    /// <summary>Executes a job whose toolchain and inputs are known.</summary>
    /// <returns>The result, which may be a failure; or else the obstacle.</returns>
    public async ValueTask<(CompileResult? Result, Obstacle? Obstacle)> ExecuteAsync(CompileJob job, CancellationToken cancellationToken)
    {
        try
        {
            SandboxedCompiler compiler = sandbox.Value;
            SandboxState state = await compiler.PreparedAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            Obstacle? obstacle = job.IsWrapped ? new Obstacle(ObstacleKind.UnfitCompiler, "its compiler is a wrapper")
                : state.Obstacle ?? (compiler.IsObserved ? null : new Obstacle(ObstacleKind.NotObserved, "what compiles look for cannot be observed here"));
            return obstacle is null ? await ExecuteAsync(job, compiler, cancellationToken).ConfigureAwait(false) : (null, obstacle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, new Obstacle(ObstacleKind.Files, e.Message));
        }
    }

    private async ValueTask<(CompileResult? Result, Obstacle? Obstacle)> ExecuteAsync(CompileJob job, SandboxedCompiler compiler, CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        FileTree toolchain = job.Described!.Tree;
        using IDisposable pin = compiler.Store.Pin(toolchain.Files.Concat(job.Inputs!.Files).Select(static file => file.Digest));
        if (FindAbsent([toolchain, job.Inputs], compiler.Store) is { } absent)
        {
            return (null, new Obstacle(ObstacleKind.Files, $"{absent} is not as it was"));
        }

        CompileResult result = await compiler.ForOwn.ExecuteAsync(
            job with { Timeline = job.Timeline.With(JobStep.Fetch, time.GetElapsedTime(since)) }, cancellationToken).ConfigureAwait(false);
        return (result, null);
    }

    /// <summary>Imports the files that the job reads into the store.</summary>
    /// <returns>The first file that has changed meanwhile; null when there is none.</returns>
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
