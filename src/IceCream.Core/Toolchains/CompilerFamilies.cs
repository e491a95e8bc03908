using System.Collections.Concurrent;
using IceCream.CommandLine;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Processes;

namespace IceCream.Toolchains;

/// <summary>
/// Determines the command-line syntax of a command's compiler: from its name, or from the name of the program that its links lead to, else by
/// querying it once as long as the program is unchanged.
/// </summary>
internal sealed class CompilerFamilies(ICompilerProbe probe)
{
    private readonly ConcurrentDictionary<(string Path, FileIdentity Identity), Task<CompilerFamily?>> _asked = new();

    /// <summary>The family; null when the program is not a supported compiler, or is a wrapper around one.</summary>
    /// <exception cref="IOException">It cannot be started, or does not answer.</exception>
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
        try
        {
            return await asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The compiler may answer the next query.
            _asked.TryRemove(KeyValuePair.Create(key, asking));
            throw;
        }
    }

    private async Task<CompilerFamily?> AskAsync(CompileJob job)
    {
        if (CompilerNames.Family(CompilerLocator.RealPath(job.Compiler)) is { } told)
        {
            return told;
        }

        return (await CompilerIdentity.AskAsync(probe, job.Compiler, job.WorkingDirectory, job.Environment).ConfigureAwait(false))?.Family;
    }
}
