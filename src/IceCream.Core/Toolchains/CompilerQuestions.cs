using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.Jobs;
using IceCream.Processes;

namespace IceCream.Toolchains;

/// <summary>The subject of a toolchain description: a compiler with the flags and variables that determine which files it uses.</summary>
/// <param name="Program">Absolute.</param>
/// <param name="Language">The language of the source.</param>
/// <param name="Flags">The flags of the command that select the compiler's own files.</param>
/// <param name="Environment">The variables that do so, as <c>NAME=value</c>.</param>
/// <param name="WorkingDirectory">The base of relative paths in flags and variables; the root when there are none.</param>
/// <param name="SplitsDebugInformation">Whether <c>objcopy</c> is used.</param>
internal sealed record CompilerQuestions(
    string Program,
    SourceLanguage Language,
    ImmutableArray<string> Flags,
    ImmutableArray<string> Environment,
    string WorkingDirectory,
    bool SplitsDebugInformation)
{
    /// <summary>The whole environment of the job, including variables that do not distinguish toolchains.</summary>
    public ImmutableArray<string> JobEnvironment { get; private init; } = [];

    public static CompilerQuestions Of(CompileJob job, CompilerInvocation invocation)
    {
        FlagUse[] uses = [.. CompilerFlags.In(invocation.Arguments).Where(static use => use.Flag.Has(FlagTraits.MovesToolchain))];
        ImmutableArray<string> flags = [.. uses.SelectMany(static use => use.Words)];

        // A wrapper may use any variable, except those that differ between commands with the same compiler: their effects are observed when a job
        // runs. Terminal variables are included only with a terminal: otherwise they would split one toolchain into two.
        VariableTraits wanted = job.IsTerminal ? VariableTraits.MovesToolchain | VariableTraits.OfTerminal : VariableTraits.MovesToolchain;
        ImmutableArray<string> environment = job.IsWrapped
            ? [.. job.Environment.Where(static variable => (TraitsOf(variable) & VariableTraits.OfCommand) == 0)]
            : [.. job.Environment.Where(variable => (TraitsOf(variable) & wanted) != 0)];
        return new CompilerQuestions(
            job.Compiler,
            invocation.Language,
            flags,
            environment,
            !uses.Any(IsRelative) && !environment.Any(IsRelative) ? "/" : job.WorkingDirectory,
            CompilerFlags.In(invocation.Arguments).Any(static use => use.Flag.ExtraOutput == CompilerFlags.DebugInformation))
        {
            JobEnvironment = job.Environment,
        };
    }

    private static VariableTraits TraitsOf(string variable) => CompilerVariables.FindEntry(variable)?.Traits ?? VariableTraits.None;

    /// <summary>
    /// Whether a flag names a file or folder that is not absolute. Others mean the same in every folder: a cross build with an absolute <c>--sysroot</c> has
    /// one compiler, and not one for each of its folders.
    /// </summary>
    private static bool IsRelative(FlagUse use) =>
        (use.Flag.Has(FlagTraits.NamesDirectory) || use.Flag.Has(FlagTraits.NamesInput)) && !use.Value.StartsWith('/');

    /// <summary>Whether a variable is a list of folders with one that is not absolute; an empty entry is the working directory.</summary>
    private static bool IsRelative(string variable) =>
        TraitsOf(variable).HasFlag(VariableTraits.FolderList) && variable[(variable.IndexOf('=', StringComparison.Ordinal) + 1)..] is { Length: > 0 } list
        && list.Split(':').Any(static folder => !folder.StartsWith('/'));

    /// <summary>All parts as one text: equal texts denote the same toolchain.</summary>
    public string Key => string.Join('\0', [Program, Language.ToString(), WorkingDirectory, SplitsDebugInformation ? "split" : "", .. Flags, "\u0001", .. Environment]);

    /// <summary>The value of a variable; null when it is not set.</summary>
    public string? Variable(string name) =>
        Environment.Where(variable => variable.StartsWith(name + "=", StringComparison.Ordinal)).Select(variable => variable[(name.Length + 1)..]).FirstOrDefault();

    /// <summary>The language as <c>-x</c> names it.</summary>
    public string LanguageFlag => SourceLanguages.NameBeforeCpp(Language);

    /// <summary>Queries the compiler in English, whatever the user's language: the answers are parsed.</summary>
    /// <exception cref="ToolchainException">The compiler cannot be run, or fails.</exception>
    public async ValueTask<ProbeAnswer> AskAsync(ICompilerProbe probe, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        ProbeAnswer answer;
        try
        {
            answer = await probe.AskAsync(Program, [.. Flags, .. arguments], WorkingDirectory, EnglishEnvironment, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new ToolchainException($"{Program} cannot be asked: {e.Message}", e);
        }

        return answer.ExitCode == 0
            ? answer
            : throw new ToolchainException($"{Program} does not answer to {string.Join(' ', arguments)}: {answer.FirstError}");
    }

    /// <summary>The variables without the user's language.</summary>
    public IReadOnlyList<string> EnglishEnvironment => ProbeEnvironment.InEnglish(Environment);
}
