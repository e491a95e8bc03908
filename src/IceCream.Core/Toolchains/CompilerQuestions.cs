using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Sandboxing;

namespace IceCream.Toolchains;

/// <summary>What a description asks about: a compiler with the flags and variables that decide which files it uses.</summary>
/// <param name="Program">Absolute.</param>
/// <param name="Language">Of the source.</param>
/// <param name="Flags">Those of the command that move the compiler's own files.</param>
/// <param name="Environment">Those variables that do, as <c>NAME=value</c>.</param>
/// <param name="WorkingDirectory">What relative flags start at; the root when there are none.</param>
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

    private static readonly string[] Prefixes =
        ["-B", "--sysroot", "-specs=", "--specs=", "-m32", "-m64", "-mx32", "--gcc-toolchain=", "--gcc-install-dir=", "--target=", "-stdlib=",
         "-resource-dir", "--config", "-isysroot", "-nostdinc", "-fno-integrated-as", "-no-integrated-as", "-ccc-", "-rtlib=",
         "-finput-charset=", "-fexec-charset=", "-fwide-exec-charset="];

    private static readonly string[] TakesNext = ["-B", "--sysroot", "-target", "--target", "-resource-dir", "-isysroot", "--config", "-gcc-toolchain"];

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

        ImmutableArray<string> environment = [.. job.Environment.Where(static variable =>
            variable.StartsWith("LC_", StringComparison.Ordinal) || Variables.Contains(variable.Split('=')[0]))];
        return new CompilerQuestions(
            job.Compiler,
            invocation.Language,
            flags.ToImmutable(),
            environment,
            flags.Count == 0 ? "/" : job.WorkingDirectory,
            arguments.Any(static argument => argument.StartsWith("-gsplit-dwarf", StringComparison.Ordinal)));
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
