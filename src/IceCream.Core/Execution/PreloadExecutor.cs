using IceCream.Jobs;
using IceCream.Toolchains;

namespace IceCream.Execution;

/// <summary>Lets a job leave without the libraries in <c>LD_PRELOAD</c>, where they cannot change the compiler's output.</summary>
internal sealed class PreloadExecutor(IJobExecutor inner) : IJobExecutor
{
    private const string Preload = "LD_PRELOAD=", LibraryPath = "LD_LIBRARY_PATH=";
    private static readonly char[] Separators = [' ', ':'];

    private readonly PreloadedLibraries _libraries = new();

    public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        if (job.Environment.FirstOrDefault(static variable => variable.StartsWith(Preload, StringComparison.Ordinal)) is not { } preload)
        {
            return inner.ExecuteAsync(job, cancellationToken);
        }

        string libraryPath = job.Environment.FirstOrDefault(static variable => variable.StartsWith(LibraryPath, StringComparison.Ordinal))?[LibraryPath.Length..] ?? "";
        IJobToolchain toolchain = job.Described!;
        foreach (string name in preload[Preload.Length..].Split(Separators, StringSplitOptions.RemoveEmptyEntries))
        {
            if (_libraries.ReasonToStay(name, libraryPath, toolchain.Digest, toolchain.Tree) is { } reason)
            {
                return new(CompileResult.Stays(new LocalOnlyReason(LocalOnlyKind.LocalFlag, $"{Preload}{name} {reason}"), job.Timeline));
            }
        }

        return inner.ExecuteAsync(job with { Environment = job.Environment.Remove(preload) }, cancellationToken);
    }
}
