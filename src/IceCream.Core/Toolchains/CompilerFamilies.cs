using System.Collections.Concurrent;
using IceCream.CommandLine;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Sandboxing;
using IceCream.Storage;

namespace IceCream.Toolchains;

/// <summary>
/// Whose flags a command's compiler takes: told by its name, or that of the program that its links lead to, else by asking it once for as
/// long as the program stays the same.
/// </summary>
internal sealed class CompilerFamilies(ICompilerProbe probe)
{
    private readonly ConcurrentDictionary<(string Path, FileIdentity Identity), Task<CompilerFamily?>> _asked = new();

    /// <summary>The family; null when the program is no compiler of ours, or a wrapper around one.</summary>
    public async ValueTask<CompilerFamily?> FindAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        string name = job.CommandLine[0];
        if (!CompilerNames.IsCompiler(name) || CompilerLocator.IsWrapper(job.Compiler))
        {
            return null;
        }

        if (CompilerNames.Family(name) is { } told)
        {
            return told;
        }

        if (Linux.Stat(job.Compiler, followLinks: true, out FileStatus status) != 0)
        {
            return null;
        }

        var key = (job.Compiler, new FileIdentity(status));
        Task<CompilerFamily?> asking = _asked.GetOrAdd(key, _ => Task.Run(() => AskAsync(job), CancellationToken.None));
        return await asking.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<CompilerFamily?> AskAsync(CompileJob job)
    {
        if (CompilerNames.Family(CompilerLocator.RealPath(job.Compiler)) is { } told)
        {
            return told;
        }

        try
        {
            return (await CompilerIdentity.AskAsync(probe, job.Compiler, job.WorkingDirectory, job.Environment).ConfigureAwait(false))?.Family;
        }
        catch (IOException)
        {
            // What cannot be started is no compiler; whoever runs it here is told why by the kernel.
            return null;
        }
    }
}
