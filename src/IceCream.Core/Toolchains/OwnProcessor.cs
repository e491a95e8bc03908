using System.Collections.Concurrent;
using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Processes;

namespace IceCream.Toolchains;

/// <summary>What flags for the own processor mean on this machine.</summary>
/// <param name="Words">Flags that mean the same on every machine.</param>
/// <param name="IsSameCommand">Whether the compiler proper gets the same words in the same order, so that also what records them is the same.</param>
internal sealed record ProcessorFlags(ImmutableArray<string> Words, bool IsSameCommand);

/// <summary>
/// Spells out <c>-march=native</c> and its kin: the driver is asked (<c>-###</c>) what it makes of them here, and whether it makes the same of
/// what is put in their place. Each set of flags is asked about once, for as long as the compiler stays the same.
/// </summary>
internal sealed class OwnProcessor(ICompilerProbe probe)
{
    /// <summary>Builds use one or two sets; more are a project's own invention.</summary>
    private const int MostSets = 64;

    private readonly ConcurrentDictionary<string, Task<ProcessorFlags?>> _asked = new(StringComparer.Ordinal);

    /// <summary>Whether a flag means this machine's processor.</summary>
    public static bool IsOwn(string flag) => flag is "-march=native" or "-mtune=native" or "-mcpu=native";

    /// <summary>A command line with its flags for the own processor spelt out: the first gives way to the words, the others to nothing.</summary>
    public static ImmutableArray<string> Replace(ImmutableArray<string> arguments, ImmutableArray<string> words)
    {
        int first = arguments.IndexOf(arguments.FirstOrDefault(IsOwn, ""));
        return first < 0 ? arguments : [.. arguments[..first], .. words, .. arguments[(first + 1)..].Where(static word => !IsOwn(word))];
    }

    /// <summary>What takes the place of the flags of a job; null when nothing is known to mean the same.</summary>
    /// <exception cref="IOException">The compiler cannot be asked.</exception>
    public async ValueTask<ProcessorFlags?> SpellOutAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        if (Linux.Stat(job.Compiler, followLinks: true, out FileStatus status) != 0)
        {
            return null;
        }

        var driver = new DriverQuestion(probe, job, [.. ProcessorFlagsOf(job.Invocation!.Arguments)]);
        string key = string.Join('\0', [job.Compiler, new FileIdentity(status).ToString(), job.Invocation.Language.ToString(), .. driver.Flags]);
        if (_asked.Count >= MostSets && !_asked.ContainsKey(key))
        {
            _asked.Clear();
        }

        Task<ProcessorFlags?> asking = _asked.GetOrAdd(key, _ => Task.Run(() => AskAsync(driver), CancellationToken.None));
        try
        {
            return await asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The compiler may answer the next time.
            _asked.TryRemove(KeyValuePair.Create(key, asking));
            throw;
        }
    }

    private static async Task<ProcessorFlags?> AskAsync(DriverQuestion driver)
    {
        ImmutableArray<string> flags = driver.Flags;
        if (await driver.AskAsync(flags).ConfigureAwait(false) is not { } meant
            || await driver.AskAsync([.. flags.Where(static flag => !IsOwn(flag))]).ConfigureAwait(false) is not { } plain)
        {
            return null;
        }

        foreach (ImmutableArray<string> words in meant.Spellings(plain, flags))
        {
            if (await driver.AskAsync(Replace(flags, words)).ConfigureAwait(false) is { } spelt && spelt.MeansTheSameAs(meant))
            {
                return new ProcessorFlags(words, spelt.Words.SequenceEqual(meant.Words));
            }
        }

        return null;
    }

    /// <summary>The flags that have to do with the processor, as they stand.</summary>
    private static IEnumerable<string> ProcessorFlagsOf(ImmutableArray<string> arguments) =>
        CompilerFlags.In(arguments).Where(static use => use.Flag.Has(FlagTraits.ShapesProcessor)).SelectMany(static use => use.Words);

    /// <summary>The question how a driver would start the compiler proper.</summary>
    private sealed record DriverQuestion(ICompilerProbe Probe, CompileJob Job, ImmutableArray<string> Flags)
    {
        public async Task<CompilerProper?> AskAsync(ImmutableArray<string> flags)
        {
            string language = Job.Invocation!.Language is SourceLanguage.Cxx or SourceLanguage.PreprocessedCxx ? "c++" : "c";
            ProbeAnswer answer = await Probe.AskAsync(
                Job.Compiler, [.. flags, "-###", "-S", "-x", language, "/dev/null", "-o", "/dev/null"], "/", ProbeEnvironment.InEnglish(Job.Environment)).ConfigureAwait(false);
            return answer.ExitCode == 0 ? CompilerProper.Read(answer.Errors) : null;
        }
    }
}
