using System.Collections.Immutable;
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
    private static readonly string[] Variables =
        ["LANGUAGE", "LANG", "TZ", "PATH", "COMPILER_PATH", "LIBRARY_PATH", "GCC_EXEC_PREFIX", "LD_LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH",
         "CPLUS_INCLUDE_PATH", "OBJC_INCLUDE_PATH", "OBJCPLUS_INCLUDE_PATH", "CCC_OVERRIDE_OPTIONS"];

    /// <summary>Those that are lists of folders, colons between them; an empty one is the working directory.</summary>
    private static readonly string[] FolderLists =
        ["PATH", "COMPILER_PATH", "LIBRARY_PATH", "GCC_EXEC_PREFIX", "LD_LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH",
         "OBJC_INCLUDE_PATH", "OBJCPLUS_INCLUDE_PATH"];

    /// <summary>Of interest only where there is one: elsewhere they would make two toolchains of one.</summary>
    private static readonly string[] OfTerminals = ["TERM", "TERMINFO", "TERMINFO_DIRS", "HOME"];

    /// <summary>Those that differ between commands that mean the same compiler: what they lead to is seen when a job runs.</summary>
    private static readonly string[] OfCommands = ["PWD", "TMPDIR", "TMP", "TEMP"];

    private static readonly string[] Prefixes =
        ["-B", "--sysroot", "-specs=", "--specs=", "-m32", "-m64", "-mx32", "--gcc-toolchain=", "--gcc-install-dir=", "--target=", "-stdlib=",
         "-resource-dir", "--config", "-isysroot", "-nostdinc", "-fno-integrated-as", "-no-integrated-as", "-ccc-", "-rtlib=",
         "-finput-charset=", "-fexec-charset=", "-fwide-exec-charset="];

    private static readonly string[] TakesNext = ["-B", "--sysroot", "-target", "--target", "-resource-dir", "-isysroot", "--config", "-gcc-toolchain", "-specs", "--specs"];

    /// <summary>The whole environment of the job, also what does not tell one toolchain from another.</summary>
    public ImmutableArray<string> JobEnvironment { get; private init; } = [];

    public static CompilerQuestions Of(CompileJob job, CompilerInvocation invocation)
    {
        var flags = ImmutableArray.CreateBuilder<string>();
        ImmutableArray<string> arguments = invocation.Arguments;
        for (int i = 0; i < arguments.Length; i++)
        {
            if (TakesNext.Contains(arguments[i]) && i + 1 < arguments.Length)
            {
                flags.Add(arguments[i]);
                flags.Add(arguments[++i]);
            }
            else if (Prefixes.Any(prefix => arguments[i].StartsWith(prefix, StringComparison.Ordinal)))
            {
                flags.Add(arguments[i]);
            }
        }

        // A wrapper may obey any.
        ImmutableArray<string> environment = job.IsWrapped ? [.. job.Environment.Where(static variable => !OfCommands.Contains(variable.Split('=')[0]))]
            : [.. job.Environment.Where(variable =>
                variable.StartsWith("LC_", StringComparison.Ordinal) || Variables.Contains(variable.Split('=')[0])
                || (job.IsTerminal && OfTerminals.Contains(variable.Split('=')[0])))];
        return new CompilerQuestions(
            job.Compiler,
            invocation.Language,
            flags.ToImmutable(),
            environment,
            flags.Count == 0 && !environment.Any(IsRelative) ? "/" : job.WorkingDirectory,
            arguments.Any(static argument => argument.StartsWith("-gsplit-dwarf", StringComparison.Ordinal)))
        {
            JobEnvironment = job.Environment,
        };
    }

    private static bool IsRelative(string variable)
    {
        string[] halves = variable.Split('=', 2);
        return FolderLists.Contains(halves[0]) && halves[1].Length != 0 && halves[1].Split(':').Any(static folder => !folder.StartsWith('/'));
    }

    /// <summary>All of it as one text: equal texts mean the same toolchain.</summary>
    public string Key => string.Join('\0', [Program, Language.ToString(), WorkingDirectory, SplitsDebugInformation ? "split" : "", .. Flags, "\u0001", .. Environment]);

    /// <summary>The value of a variable; null when it is not set.</summary>
    public string? Variable(string name) =>
        Environment.Where(variable => variable.StartsWith(name + "=", StringComparison.Ordinal)).Select(variable => variable[(name.Length + 1)..]).FirstOrDefault();

    /// <summary>The language as <c>-x</c> names it.</summary>
    public string LanguageFlag => Language switch
    {
        SourceLanguage.Cxx or SourceLanguage.PreprocessedCxx => "c++",
        SourceLanguage.ObjectiveC => "objective-c",
        SourceLanguage.ObjectiveCxx => "objective-c++",
        SourceLanguage.Assembler or SourceLanguage.AssemblerWithCpp => "assembler-with-cpp",
        _ => "c",
    };

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
