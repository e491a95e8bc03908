using System.Collections.Immutable;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Processes;
using IceCream.Toolchains.Wrappers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Toolchains;

/// <summary>Describes each compiler once for all that ask at the same time, and looks at every file of it again whenever it is asked for.</summary>
/// <param name="probe">Asks compilers.</param>
/// <param name="digests">Names the files.</param>
/// <param name="logger">Where it is noted what is described, and why.</param>
/// <param name="survey">Finds what belongs to wrappers; null: scripts stay here.</param>
internal sealed partial class ToolchainCache(ICompilerProbe probe, IFileDigests digests, ILogger<ToolchainCache>? logger = null, WrapperSurvey? survey = null)
    : IToolchainCache
{
    /// <summary>A build uses a handful; more means that flags with ever new values move compiler files.</summary>
    private const int MostDescriptions = 256;

    /// <summary>More than this is no compiler's habit, but a project's.</summary>
    private const int MostLearnt = 256;

    private readonly ILogger _logger = logger ?? NullLogger<ToolchainCache>.Instance;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<ToolchainDescription>> _descriptions = new(StringComparer.Ordinal);

    // What jobs were seen to look for among a compiler's files and its questions do not tell: part of its tree from then on.
    // With each path stands whether it might be executed then: a program that may not be executed any more is none.
    private readonly Dictionary<string, Dictionary<string, bool>> _learnt = new(StringComparer.Ordinal);

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
                return known.Objection is { } objection ? throw new ToolchainException(objection)
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
            // A description that is being made already may have asked before the change.
            description = Begin(key, questions, job.Invocation!.Family);
        }

        try
        {
            return (await description.WaitAsync(cancellationToken).ConfigureAwait(false)).Toolchain.Digest == toolchain;
        }
        catch (ToolchainException)
        {
            // The next job of this compiler asks again, and is told why.
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
            if (!_learnt.TryGetValue(key, out Dictionary<string, bool>? learnt))
            {
                _learnt[key] = learnt = new Dictionary<string, bool>(StringComparer.Ordinal);
            }

            bool any = false;
            bool isWrapper = description.Result.Toolchain.IsWrapper;
            foreach (string path in missing.Where(path => Holds(tree, Path.GetDirectoryName(path)!) || (isWrapper && WrapperSurvey.IsOwn(path))))
            {
                any |= learnt.Count < MostLearnt
                    && learnt.TryAdd(path, Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsProgram);
            }

            if (any)
            {
                LogReconsidered(questions.Program, missing[0]);
                _descriptions.Remove(key);
            }
        }
    }

    /// <summary>Whether a folder is one of the compiler's own.</summary>
    private static bool Holds(FileTree tree, string folder) => folder != "/"
        && (tree.Directories.Contains(folder)
            || tree.Files.Select(static file => file.Path).Concat(tree.Links.Select(static link => link.Path))
                .Any(path => path.StartsWith(folder, StringComparison.Ordinal) && path[folder.Length] == '/'));

    /// <summary>Begins a description, in the place of any other; to be called within the gate.</summary>
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

        string? objection = null;
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
                objection = await survey!.AddAsync(questions, report, tree, libraries, learnt, CancellationToken.None).ConfigureAwait(false);
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
            with { Objection = objection };
        description = description with { Toolchain = description.Toolchain with { IsWrapper = isWrapper } };
        if (objection is not null)
        {
            LogStays(objection);
        }

        LogDescribed(description.Toolchain.Description, description.Toolchain.Tree.Files.Length, description.Toolchain.Digest);
        return description;
    }
}
