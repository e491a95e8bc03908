using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Processes;

namespace IceCream.Toolchains.Wrappers;

/// <summary>
/// Determines whether a compiler is a wrapper - a script, or a program that starts the real compiler - and what belongs to it: by compiling an empty
/// source under observation.
/// </summary>
internal sealed class WrapperSurvey(WrapperTrial trial, WrapperVariables variables)
{
    private const int AnyExecute = 0b001_001_001;

    private static readonly string[] TakenIn = [".sh", ".bash", ".conf", ".cfg", ".rc", ".env"];

    private static readonly string[] Tools = ["as", "ld", "objcopy", "cc1", "cc1plus", "cc1obj", "cc1objplus", "collect2", "lto1", "lto-wrapper"];

    /// <summary>Whether a compiler is a wrapper.</summary>
    /// <param name="questions">The compiler.</param>
    /// <param name="report">Its report about itself.</param>
    /// <param name="learnt">Paths that its jobs were observed to look up and that the report omits.</param>
    public static bool IsWrapper(CompilerQuestions questions, ProbeAnswer report, IEnumerable<string> learnt) =>
        Script.Read(questions.Program) is not null || NamesAnother(questions, report) || learnt.Any(static path => IsProgram(path) && !IsTool(path));

    /// <summary>Adds everything that belongs to a wrapper to its tree.</summary>
    /// <returns>Why its compiles stay here while nothing in the tree changes; null when they may leave.</returns>
    public async ValueTask<LocalOnlyReason?> AddAsync(
        CompilerQuestions questions, ProbeAnswer report, ToolchainTree tree, LibraryClosure libraries, IEnumerable<string> learnt, CancellationToken cancellationToken)
    {
        try
        {
            TrialOutcome outcome = await trial.RunAsync(questions, cancellationToken).ConfigureAwait(false);
            var own = new WrapperTree(questions.Program, [.. Drivers(questions, report)], outcome.Folder, tree, libraries);
            own.Add(outcome.Lookups);
            own.AddLearnt(learnt);

            variables.Learn(questions.Program, own.Variables);
            string? native = questions.Environment.FirstOrDefault(WrapperText.MayMeanProcessor) is { } variable
                ? $"its variable {variable.Split('=')[0]} may ask for this machine's processor" : null;
            return (own.Doubt ?? outcome.Failure ?? native) is { } doubt ? new LocalOnlyReason(LocalOnlyKind.Toolchain, $"{questions.Program} is a wrapper of a compiler, and {doubt}") : null;
        }
        catch (ToolchainException e)
        {
            tree.AddFile(questions.Program);
            return new LocalOnlyReason(LocalOnlyKind.Toolchain, e.Message);
        }
    }

    /// <summary>A variable that a job's wrapper was only now found to use; null when the job has all of them.</summary>
    public string? FindLacking(CompileJob job) =>
        variables.Complete(job) is { IsWrapped: true } whole && whole.WithheldVariables.Length != job.WithheldVariables.Length
            ? whole.Environment.Except(job.Environment, StringComparer.Ordinal).First().Split('=')[0] : null;

    /// <summary>Whether the compiler's report names another path than the one that was started.</summary>
    private static bool NamesAnother(CompilerQuestions questions, ProbeAnswer report)
    {
        string own = CompilerLocator.RealPath(questions.Program);
        return Drivers(questions, report).Any(driver => driver != own);
    }

    private static IEnumerable<string> Drivers(CompilerQuestions questions, ProbeAnswer report) =>
        CompilerReport.Drivers(report.Errors).Select(path => Find(questions, path)).OfType<string>().Select(CompilerLocator.RealPath);

    private static string? Find(CompilerQuestions questions, string path)
    {
        IEnumerable<string> folders = path.Contains('/', StringComparison.Ordinal) ? [""] : (questions.Variable("PATH") ?? "").Split(':');
        return folders.Select(folder => Path.Combine(questions.WorkingDirectory, folder, path)).FirstOrDefault(IsProgram);
    }

    /// <summary>Whether a program is one that compilers start themselves.</summary>
    private static bool IsTool(string path) => Tools.Any(tool => Path.GetFileName(path) is var name && (name == tool || name.EndsWith("-" + tool, StringComparison.Ordinal)));

    /// <summary>Whether a path is something that a wrapper runs or includes, and that no compiler reads.</summary>
    public static bool IsOwn(string path) => IsProgram(path) || (TakenIn.Contains(Path.GetExtension(path)) && File.Exists(path));

    /// <summary>Whether a path is a program or a script.</summary>
    public static bool IsProgram(string path) =>
        Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsRegular && (status.Permissions & AnyExecute) != 0
        && (Script.Read(path) is not null || ElfImports.Read(path) is { Interpreter: not null });
}
