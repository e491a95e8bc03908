using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.Jobs;
using IceCream.Processes;

namespace IceCream.Toolchains;

/// <summary>What a description asks about: a compiler with the flags and variables that decide which files it uses.</summary>
/// <param name="Program">Absolute.</param>
/// <param name="Language">Of the source.</param>
/// <param name="Flags">Those of the command that move the compiler's own files.</param>
/// <param name="Environment">Those variables that do, as <c>NAME=value</c>.</param>
/// <param name="WorkingDirectory">What relative flags and variables start at; the root when there are none.</param>
/// <param name="SplitsDebugInformation">Whether <c>objcopy</c> takes part.</param>
internal sealed record CompilerQuestions(
    string Program,
    SourceLanguage Language,
    ImmutableArray<string> Flags,
    ImmutableArray<string> Environment,
    string WorkingDirectory,
    bool SplitsDebugInformation)
{
    /// <summary>The whole environment of the job, also what does not tell one toolchain from another.</summary>
    public ImmutableArray<string> JobEnvironment { get; private init; } = [];

    public static CompilerQuestions Of(CompileJob job, CompilerInvocation invocation)
    {
        ImmutableArray<string> flags =
            [.. CompilerFlags.In(invocation.Arguments).Where(static use => use.Flag.Has(FlagTraits.MovesToolchain)).SelectMany(static use => use.Words)];

        // A wrapper may obey any, but for those that differ between commands that mean the same compiler: what they lead to is seen when a job runs.
        // The terminal's are of interest only where there is one: elsewhere they would make two toolchains of one.
        VariableTraits wanted = job.IsTerminal ? VariableTraits.MovesToolchain | VariableTraits.OfTerminal : VariableTraits.MovesToolchain;
        ImmutableArray<string> environment = job.IsWrapped
            ? [.. job.Environment.Where(static variable => (TraitsOf(variable) & VariableTraits.OfCommand) == 0)]
            : [.. job.Environment.Where(variable => (TraitsOf(variable) & wanted) != 0)];
        return new CompilerQuestions(
            job.Compiler,
            invocation.Language,
            flags,
            environment,
            flags.Length == 0 && !environment.Any(IsRelative) ? "/" : job.WorkingDirectory,
            CompilerFlags.In(invocation.Arguments).Any(static use => use.Flag.ExtraOutput == CompilerFlags.DebugInformation))
        {
            JobEnvironment = job.Environment,
        };
    }

    private static VariableTraits TraitsOf(string variable) => CompilerVariables.FindEntry(variable)?.Traits ?? VariableTraits.None;

    /// <summary>Whether a variable is a list of folders with one that is not absolute; an empty one is the working directory.</summary>
    private static bool IsRelative(string variable) =>
        TraitsOf(variable).HasFlag(VariableTraits.FolderList) && variable[(variable.IndexOf('=', StringComparison.Ordinal) + 1)..] is { Length: > 0 } list
        && list.Split(':').Any(static folder => !folder.StartsWith('/'));

    /// <summary>All of it as one text: equal texts mean the same toolchain.</summary>
    public string Key => string.Join('\0', [Program, Language.ToString(), WorkingDirectory, SplitsDebugInformation ? "split" : "", .. Flags, "\u0001", .. Environment]);

    /// <summary>The value of a variable; null when it is not set.</summary>
    public string? Variable(string name) =>
        Environment.Where(variable => variable.StartsWith(name + "=", StringComparison.Ordinal)).Select(variable => variable[(name.Length + 1)..]).FirstOrDefault();

    /// <summary>The language as <c>-x</c> names it.</summary>
    public string LanguageFlag => SourceLanguages.NameBeforeCpp(Language);

    /// <summary>Asks, in plain English whatever the user speaks: the answers are parsed.</summary>
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

    /// <summary>The variables with the user's language taken out.</summary>
    public IReadOnlyList<string> EnglishEnvironment => ProbeEnvironment.InEnglish(Environment);
}
