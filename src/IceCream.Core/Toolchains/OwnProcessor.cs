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
/// <param name="Beside">The files with further flags that the driver read when it was asked. They have not changed since.</param>
internal sealed record ProcessorFlags(ImmutableArray<string> Words, bool IsSameCommand, ImmutableArray<string> Beside);

/// <summary>
/// Spells out <c>-march=native</c> and the like: the driver is queried (<c>-###</c>) for their expansion on this machine, and whether the replacement
/// expands to the same. Each set of flags is queried once for each way to find the driver's files, as long as the compiler and its configuration files are unchanged.
/// </summary>
internal sealed class OwnProcessor(ICompilerProbe probe)
{
    /// <summary>The most sets that are cached. Builds use one or two.</summary>
    private const int MostSets = 64;

    /// <summary>The most files with further flags that are remembered. Systems have a few.</summary>
    private const int MostMet = 256;

    private static readonly string[] ChoosingVariables = ["HOME=", "XDG_CONFIG_HOME=", "CLANG_", "COMPILER_PATH=", "GCC_EXEC_PREFIX="];

    private readonly ConcurrentDictionary<string, Task<Answer>> _asked = new(StringComparer.Ordinal);

    // Files with further flags that an answer did not know, as they were when a job met them. A driver that is asked anew and still does not tell of one
    // would be asked for each source of a build.
    private readonly ConcurrentDictionary<(string Key, string Path), FileIdentity> _met = new();

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
        string key = string.Join(
            '\0', [job.Compiler, new FileIdentity(status).ToString(), job.Invocation.Language.ToString(), .. driver.Flags, .. job.Environment.Where(ChoosesFiles).Order(StringComparer.Ordinal)]);
        if (_asked.Count >= MostSets && !_asked.ContainsKey(key))
        {
            _asked.Clear();
        }

        while (true)
        {
            Task<Answer> asking = _asked.GetOrAdd(key, _ => Task.Run(() => AskAsync(driver), CancellationToken.None));
            try
            {
                Answer answer = await asking.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (answer.Files.All(static file => file.Identity == IdentityOf(file.Path)))
                {
                    return answer.Flags;
                }
            }
            catch (IOException)
            {
                // The compiler may answer the next query.
                _asked.TryRemove(KeyValuePair.Create(key, asking));
                throw;
            }

            // A configuration file has changed since.
            _asked.TryRemove(KeyValuePair.Create(key, asking));
        }
    }

    /// <summary>
    /// Tells of a file with further flags that a job met and that the driver did not obey when it was asked: it may have appeared since, so the next job
    /// asks again. A file that is as it was when it was met before changes nothing.
    /// </summary>
    /// <param name="flags">The replacement that the job had.</param>
    /// <param name="path">The file, absolute.</param>
    public void Reconsider(ProcessorFlags flags, string path)
    {
        if (IdentityOf(path) is not { } identity)
        {
            return;
        }

        foreach ((string key, Task<Answer> asking) in _asked)
        {
            if (!asking.IsCompletedSuccessfully || !ReferenceEquals(asking.Result.Flags, flags)
                || (_met.TryGetValue((key, path), out FileIdentity known) && known == identity))
            {
                continue;
            }

            if (_met.Count >= MostMet)
            {
                _met.Clear();
            }

            _met[(key, path)] = identity;
            _asked.TryRemove(KeyValuePair.Create(key, asking));
        }
    }

    private static async Task<Answer> AskAsync(DriverQuestion driver)
    {
        ImmutableArray<string> flags = driver.Flags;
        ProbeAnswer report = await driver.ReportAsync(flags).ConfigureAwait(false);
        ImmutableArray<string> beside = FindFiles(driver.Job.Compiler, report, out bool areBound);
        ImmutableArray<(string Path, FileIdentity? Identity)> files = [.. beside.Select(static path => (path, IdentityOf(path)))];
        if (areBound)
        {
            return new Answer(null, files);
        }

        // The driver has read them before they were looked at, so it is asked once more.
        CompilerProper? meant = files.IsEmpty ? DriverQuestion.Read(report) : await driver.AskAsync(flags).ConfigureAwait(false);
        if (meant is null || await driver.AskAsync([.. flags.Where(static flag => !IsOwn(flag))]).ConfigureAwait(false) is not { } plain)
        {
            return new Answer(null, files);
        }

        foreach (ImmutableArray<string> words in meant.Spellings(plain, flags))
        {
            if (await driver.AskAsync(Replace(flags, words)).ConfigureAwait(false) is { } spelt && spelt.MeansTheSameAs(meant))
            {
                return new Answer(new ProcessorFlags(words, spelt.Words.SequenceEqual(meant.Words), beside), files);
            }
        }

        return new Answer(null, files);
    }

    /// <summary>The configuration files that a driver of Clang's has read, and those that they include.</summary>
    /// <param name="compiler">The compiler.</param>
    /// <param name="report">The driver's answer.</param>
    /// <param name="areBound">Whether one of them keeps compiles here, or cannot be read.</param>
    private static ImmutableArray<string> FindFiles(string compiler, ProbeAnswer report, out bool areBound)
    {
        string[] named = [.. CompilerReport.Labelled(report.Errors, "Configuration file:").Select(static path => Path.Combine("/", path))];
        var read = new ToolchainTree();
        areBound = false;
        try
        {
            foreach (string path in named)
            {
                ClangToolchain.AddConfiguration(read, compiler, path);
            }
        }
        catch (Exception e) when (e is ToolchainException or UnauthorizedAccessException)
        {
            areBound = true;
        }

        return [.. named.Union(read.Files, StringComparer.Ordinal)];
    }

    /// <summary>Whether a variable decides which configuration files and programs the driver finds. Commands that differ in one may be told different things.</summary>
    private static bool ChoosesFiles(string variable) => ChoosingVariables.Any(name => variable.StartsWith(name, StringComparison.Ordinal));

    private static FileIdentity? IdentityOf(string path) => Linux.Stat(path, followLinks: true, out FileStatus status) == 0 ? new FileIdentity(status) : null;

    /// <summary>The flags that concern the processor, unchanged.</summary>
    private static IEnumerable<string> ProcessorFlagsOf(ImmutableArray<string> arguments) =>
        CompilerFlags.In(arguments).Where(static use => use.Flag.Has(FlagTraits.ShapesProcessor)).SelectMany(static use => use.Words);

    /// <param name="Flags">The replacement; null when none with the same meaning is known.</param>
    /// <param name="Files">The configuration files that were read for it, as they were then.</param>
    private sealed record Answer(ProcessorFlags? Flags, ImmutableArray<(string Path, FileIdentity? Identity)> Files);

    /// <summary>The query for how a driver would start the compiler proper.</summary>
    private sealed record DriverQuestion(ICompilerProbe Probe, CompileJob Job, ImmutableArray<string> Flags)
    {
        public static CompilerProper? Read(ProbeAnswer report) => report.ExitCode == 0 ? CompilerProper.Read(report.Errors) : null;

        public async Task<CompilerProper?> AskAsync(ImmutableArray<string> flags) => Read(await ReportAsync(flags).ConfigureAwait(false));

        public async Task<ProbeAnswer> ReportAsync(ImmutableArray<string> flags)
        {
            string language = Job.Invocation!.Language is SourceLanguage.Cxx or SourceLanguage.PreprocessedCxx ? "c++" : "c";
            return await Probe.AskAsync(
                Job.Compiler, [.. flags, "-###", "-S", "-x", language, "/dev/null", "-o", "/dev/null"], "/", ProbeEnvironment.InEnglish(Job.Environment)).ConfigureAwait(false);
        }
    }
}
