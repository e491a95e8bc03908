using IceCream.Caching;
using IceCream.Clients;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using IceCream.Storage;

namespace IceCream.Execution.Local;

/// <summary>
/// Does a job on this machine as a worker would do it: in a root that holds what it is known to read and nothing else, observed, so that its result can be kept. What
/// stands in the way is counted, and the compile then runs as it was typed.
/// </summary>
/// <param name="sandbox">Runs the compiles; made when the first one comes.</param>
/// <param name="slots">What may run on this machine.</param>
/// <param name="leases">Knows why no farm takes the job.</param>
/// <param name="trees">The toolchains of jobs.</param>
/// <param name="counters">Told why a result will not be kept.</param>
/// <param name="time">Measures the stretches of the road.</param>
internal sealed class ObservedLocalExecutor(
    Lazy<SandboxedCompiler> sandbox, LocalSlots slots, LeasePool leases, ToolchainTrees trees, CacheCounters counters, TimeProvider time) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        try
        {
            SandboxedCompiler compiler = sandbox.Value;
            SandboxState state = await compiler.PreparedAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            string? obstacle = job.IsWrapped ? "its compiler is a wrapper" : state.Obstacle ?? (compiler.IsObserved ? null : "what compiles look for cannot be observed here");
            return obstacle is null ? await ExecuteAsync(job, compiler, cancellationToken).ConfigureAwait(false) : Stays(job, obstacle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Stays(job, e.Message);
        }
    }

    private async ValueTask<CompileResult> ExecuteAsync(CompileJob job, SandboxedCompiler compiler, CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        using IDisposable slot = await slots.AcquireAsync(LocalSlots.ClassOf(job), cancellationToken).ConfigureAwait(false);
        job = job with { Timeline = job.Timeline.With(JobStep.LocalSlot, time.GetElapsedTime(since)) };
        since = time.GetTimestamp();
        HeldToolchain toolchain = trees.Find(job.Toolchain!.Value)!;
        using IDisposable pin = compiler.Store.Pin(
            toolchain.Tree.Files.Concat(job.Inputs!.Files).Select(static file => file.Digest).Append(job.Toolchain.Value));
        if (FindAbsent(job, toolchain, compiler.Store) is { } absent)
        {
            return Stays(job, $"{absent} is not as it was");
        }

        CompileResult result = await compiler.ForOwn.ExecuteAsync(
            job with { Timeline = job.Timeline.With(JobStep.Fetch, time.GetElapsedTime(since)) }, cancellationToken).ConfigureAwait(false);
        return result.Failure is { } failure ? Stays(job, failure.Message) : result with { IsHere = true, LocalOnly = NoFarm() };
    }

    /// <summary>Brings what the job reads into the store.</summary>
    /// <returns>The first file that is not what it was a moment ago; null when there is none.</returns>
    private static string? FindAbsent(CompileJob job, HeldToolchain toolchain, DiskBlobStore store)
    {
        if (!store.Contains(job.Toolchain!.Value))
        {
            using IBlobWriter writer = store.Create(job.Toolchain.Value, toolchain.Encoded.Length);
            writer.Write(toolchain.Encoded.Span);
            writer.Commit();
        }

        foreach (FileTree tree in (FileTree[])[toolchain.Tree, job.Inputs!])
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

    private CompileResult Stays(CompileJob job, string obstacle)
    {
        counters.Count($"not kept: it cannot be compiled in a sandbox here: {obstacle}");
        return CompileResult.Stays(NoFarm(), job.Timeline);
    }

    private LocalOnlyReason NoFarm() => new(LocalOnlyKind.NoFarm, leases.Closed ?? "the farm was away");
}
