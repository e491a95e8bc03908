using System.Collections.Immutable;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Processes;
using IceCream.Toolchains.Wrappers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Toolchains;

/// <summary>Describes each compiler once for all concurrent callers, and checks every file of it at each request.</summary>
/// <param name="probe">Queries compilers.</param>
/// <param name="digests">Digests the files.</param>
/// <param name="logger">Logs descriptions and their reasons.</param>
/// <param name="survey">Finds what belongs to wrappers; null: scripts stay on this machine.</param>
internal sealed partial class ToolchainCache(ICompilerProbe probe, IFileDigests digests, ILogger<ToolchainCache>? logger = null, WrapperSurvey? survey = null)
    : IToolchainCache
{
    /// <summary>The most descriptions that are cached. A build uses a handful; more means that flags with ever new values select compiler files.</summary>
    private const int MostDescriptions = 256;

    /// <summary>The most learned paths per compiler. More would come from a project and not from the compiler.</summary>
    private const int MostLearnt = 256;

    private readonly ILogger _logger = logger ?? NullLogger<ToolchainCache>.Instance;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<ToolchainDescription>> _descriptions = new(StringComparer.Ordinal);

    // Paths that jobs were observed to look up among a compiler's files and that its own answers omit. They are part of its tree from then on. The
    // value tells whether the path was executable then: a program that is no longer executable is skipped.
    private readonly Dictionary<string, Dictionary<string, bool>> _learnt = new(StringComparer.Ordinal);

    // Files with flags for a driver that jobs looked for and the description did not know, as they were then. A description that was made anew and still
    // does not know one, because it does not go by HOME, would be made anew for each source of a build.
    private readonly Dictionary<(string Key, string Path), FileIdentity> _met = [];

    public async ValueTask<Toolchain> GetAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        CompilerInvocation invocation = job.Invocation ?? throw new ArgumentException("The job's command line is not understood yet.", nameof(job));
        CompilerQuestions questions = CompilerQuestions.Of(job, invocation);
        string key = questions.Key;
        while (true)
        {
            bool begun = false;
            Task<ToolchainDescription>? description;
            lock (_gate)
            {
                if (!_descriptions.TryGetValue(key, out description))
                {
                    begun = true;
                    description = Begin(key, questions, invocation.Family);
                }
            }

            ToolchainDescription known;
            try
            {
                known = await description.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (description.IsFaulted)
            {
                Forget(key, description);
                throw;
            }

            string? changed = begun ? null : known.FirstChange(digests);
            if (changed is null)
            {
                return known.ReasonToStay is { } reason ? throw new ToolchainException(reason.Detail)
                    : survey?.FindLacking(job) is { } lacking
                        ? throw new ToolchainException($"{questions.Program} may obey the variable {lacking}, which the job does not have along")
                    : known.Toolchain;
            }

            LogChanged(questions.Program, changed);
            Forget(key, description);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> IsStillAsync(CompileJob job, Digest toolchain, CancellationToken cancellationToken = default)
    {
        CompilerQuestions questions = CompilerQuestions.Of(job, job.Invocation!);
        string key = questions.Key;
        Task<ToolchainDescription> description;
        lock (_gate)
        {
            // A description in progress may have queried the compiler before the change.
            description = Begin(key, questions, job.Invocation!.Family);
        }

        try
        {
            return (await description.WaitAsync(cancellationToken).ConfigureAwait(false)).Toolchain.Digest == toolchain;
        }
        catch (ToolchainException)
        {
            // The next job of this compiler queries it again, and gets the reason.
            Forget(key, description);
            return false;
        }
    }

    /// <inheritdoc/>
    public void Reconsider(CompileJob job, ImmutableArray<string> missing)
    {
        CompilerQuestions questions = CompilerQuestions.Of(job, job.Invocation!);
        string key = questions.Key;
        lock (_gate)
        {
            if (!_descriptions.TryGetValue(key, out Task<ToolchainDescription>? description) || !description.IsCompletedSuccessfully)
            {
                return;
            }

            FileTree tree = description.Result.Toolchain.Tree;
            Dictionary<string, bool> learnt = _learnt.GetValueOrDefault(key) ?? new Dictionary<string, bool>(StringComparer.Ordinal);
            int known = learnt.Count;

            // A driver that finds flags where there were none is another one from now on.
            bool any = false;
            foreach (string path in missing.Where(path => MachineBinding.IsForDriver(job.Invocation!.Family, path)))
            {
                any |= IsNew(key, path);
            }

            bool isWrapper = description.Result.Toolchain.IsWrapper;
            foreach (string path in missing.Where(path => Holds(tree, Path.GetDirectoryName(path)!) || IsPlugin(tree, path) || (isWrapper && WrapperSurvey.IsOwn(path))))
            {
                any |= learnt.Count < MostLearnt
                    && learnt.TryAdd(path, Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsProgram);
            }

            if (learnt.Count > known && !_learnt.ContainsKey(key))
            {
                if (_learnt.Count >= MostDescriptions)
                {
                    // Keys hold variables of wrappers, and may be another for each build. What is forgotten is learnt again.
                    _learnt.Clear();
                }

                _learnt[key] = learnt;
            }

            if (any)
            {
                LogReconsidered(questions.Program, missing[0]);
                _descriptions.Remove(key);
            }
        }
    }

    /// <summary>Whether a file with flags for a driver is there, and has not been met as it is now; the caller holds the lock.</summary>
    private bool IsNew(string key, string path)
    {
        if (Linux.Stat(path, followLinks: true, out FileStatus status) != 0)
        {
            return false;
        }

        var identity = new FileIdentity(status);
        if (_met.TryGetValue((key, path), out FileIdentity known) && known == identity)
        {
            return false;
        }

        if (_met.Count >= MostLearnt)
        {
            _met.Clear();
        }

        _met[(key, path)] = identity;
        return true;
    }

    /// <summary>
    /// Whether a path is a plugin in the compiler's own folder of plugins. Specs may load one without a word in the command, as those of Fedora's
    /// packages do.
    /// </summary>
    private static bool IsPlugin(FileTree tree, string path) =>
        path.EndsWith(".so", StringComparison.Ordinal) && Path.GetDirectoryName(path) is { } folder && Path.GetFileName(folder) == "plugin"
        && Path.GetDirectoryName(folder) is { } own && Holds(tree, own);

    /// <summary>Whether a folder belongs to the compiler.</summary>
    private static bool Holds(FileTree tree, string folder) => folder != "/"
        && (tree.Directories.Contains(folder)
            || tree.Files.Select(static file => file.Path).Concat(tree.Links.Select(static link => link.Path))
                .Any(path => path.Length > folder.Length && path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal)));

    /// <summary>Starts a description that replaces any other one; the caller holds the lock.</summary>
    private Task<ToolchainDescription> Begin(string key, CompilerQuestions questions, CompilerFamily family)
    {
        if (_descriptions.Count >= MostDescriptions)
        {
            _descriptions.Clear();
        }

        return _descriptions[key] = Task.Run(() => DescribeAsync(questions, family), CancellationToken.None);
    }

    private void Forget(string key, Task<ToolchainDescription> description)
    {
        lock (_gate)
        {
            if (_descriptions.TryGetValue(key, out Task<ToolchainDescription>? current) && current == description)
            {
                _descriptions.Remove(key);
            }
        }
    }

    private KeyValuePair<string, bool>[] Learnt(string key)
    {
        lock (_gate)
        {
            return _learnt.TryGetValue(key, out Dictionary<string, bool>? learnt) ? [.. learnt] : [];
        }
    }

    private async Task<ToolchainDescription> DescribeAsync(CompilerQuestions questions, CompilerFamily family)
    {
        ProbeAnswer? report = CompilerLocator.IsWrapper(questions.Program) ? null
            : await questions.AskAsync(probe, CompilerReport.Question(questions.LanguageFlag), CancellationToken.None).ConfigureAwait(false);
        CompilerIdentity? identity = report is null ? null : CompilerIdentity.Read(report);
        if (report is null || identity is null || identity.Family != family)
        {
            throw new ToolchainException(
                $"{questions.Program} is {identity?.Family.ToString() ?? "no GCC or Clang"}, and the command is read as one of {family}; name the compiler itself.");
        }

        LocalOnlyReason? reasonToStay = null;
        bool isWrapper = false;
        var tree = new ToolchainTree();
        var libraries = new LibraryClosure(tree, [.. (questions.Variable("LD_LIBRARY_PATH") ?? "").Split(':').Where(static folder => folder.StartsWith('/'))]);
        try
        {
            if (family == CompilerFamily.Gcc)
            {
                await GccToolchain.DescribeAsync(probe, questions, report, tree, libraries, CancellationToken.None).ConfigureAwait(false);
            }
            else
            {
                await ClangToolchain.DescribeAsync(probe, questions, report, tree, libraries, CancellationToken.None).ConfigureAwait(false);
            }

            LocaleFiles.Add(tree, questions, identity.Version);
            TerminalFiles.Add(tree, questions);
            string[] learnt =
            [
                .. Learnt(questions.Key).Where(known => !known.Value || !tree.AddIdle(known.Key)).Select(static known => known.Key),
            ];
            isWrapper = survey is not null && WrapperSurvey.IsWrapper(questions, report, learnt);
            if (isWrapper)
            {
                reasonToStay = await survey!.AddAsync(questions, report, tree, libraries, learnt, CancellationToken.None).ConfigureAwait(false);
            }
            else
            {
                libraries.AddProgram(questions.Program);
            }

            foreach (string path in learnt)
            {
                if (tree.AddFile(path) is null)
                {
                    tree.AddDirectory(path);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException($"A file of {questions.Program} cannot be read: {e.Message}", e);
        }

        ToolchainDescription description = ToolchainDescription.Of(tree, digests, $"{family} {identity.Version} for {identity.Target} ({questions.Program})")
            with { ReasonToStay = reasonToStay };
        description = description with { Toolchain = description.Toolchain with { IsWrapper = isWrapper } };
        if (reasonToStay is not null)
        {
            LogStays(reasonToStay.Detail);
        }

        LogDescribed(description.Toolchain.Description, description.Toolchain.Tree.Files.Length, description.Toolchain.Digest);
        return description;
    }
}
