using System.Collections.Concurrent;
using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Processes;

namespace IceCream.Toolchains;

/// <summary>The portable equivalent of native-processor flags on this machine.</summary>
/// <param name="Words">Flags that have the same meaning on every machine.</param>
/// <param name="IsSameCommand">Whether the compiler proper gets the same words in the same order, so that outputs which record them are also the same.</param>
internal sealed record ProcessorFlags(ImmutableArray<string> Words, bool IsSameCommand);

/// <summary>
/// Spells out <c>-march=native</c> and the like: the driver is queried (<c>-###</c>) for their expansion on this machine, and whether the replacement
/// expands to the same. Each set of flags is queried once as long as the compiler is unchanged.
/// </summary>
internal sealed class OwnProcessor(ICompilerProbe probe)
{
    /// <summary>The most sets that are cached. Builds use one or two.</summary>
    private const int MostSets = 64;

    private readonly ConcurrentDictionary<string, Task<ProcessorFlags?>> _asked = new(StringComparer.Ordinal);

    /// <summary>Whether a flag selects this machine's processor.</summary>
    public static bool IsOwn(string flag) => flag is "-march=native" or "-mtune=native" or "-mcpu=native";

    /// <summary>Replaces the first native-processor flag of a command line by the words, and removes the others.</summary>
    public static ImmutableArray<string> Replace(ImmutableArray<string> arguments, ImmutableArray<string> words)
    {
        int first = arguments.IndexOf(arguments.FirstOrDefault(IsOwn, ""));
        return first < 0 ? arguments : [.. arguments[..first], .. words, .. arguments[(first + 1)..].Where(static word => !IsOwn(word))];
    }

    /// <summary>The replacement of a job's flags; null when none with the same meaning is known.</summary>
    /// <exception cref="IOException">The compiler cannot be queried.</exception>
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
            // The compiler may answer the next query.
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

    /// <summary>The flags that concern the processor, unchanged.</summary>
    private static IEnumerable<string> ProcessorFlagsOf(ImmutableArray<string> arguments) =>
        CompilerFlags.In(arguments).Where(static use => use.Flag.Has(FlagTraits.ShapesProcessor)).SelectMany(static use => use.Words);

    /// <summary>The query for how a driver would start the compiler proper.</summary>
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
