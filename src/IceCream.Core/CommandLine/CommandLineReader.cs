using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>
/// Reads a compiler's command line: it is either one compile whose inputs and outputs are all known, or it stays on its machine. The reader looks only
/// at the arguments and at the response files that they name.
/// </summary>
internal sealed partial class CommandLineReader
{
    /// <summary>Clang takes every word after it for a file.</summary>
    private const string NoMoreFlags = "--";

    private readonly CompilerFamily family;
    private readonly ImmutableArray<string> arguments;
    private readonly CommandLineFindings said;
    private string? language;
    private string? architecture;
    private string prefix = "";
    private bool hasPrefix;
    private bool namesOnly;
    private string? awaitsValue;

    private CommandLineReader(ImmutableArray<string> arguments, CompilerFamily family, bool cxxDriver)
    {
        this.arguments = arguments;
        this.family = family;
        said = new CommandLineFindings(arguments, family, cxxDriver);
    }

    /// <summary>Reads a command line. Never throws on what is in it.</summary>
    /// <param name="commandLine">The command as typed. It begins with the program's name, which decides whether <c>.c</c> is C or C++.</param>
    /// <param name="family">The compiler family whose flags they are.</param>
    /// <param name="workingDirectory">The base of relative names of response files.</param>
    /// <param name="readFile">Returns the text of a response file by its path, or null when it cannot be read.</param>
    public static CommandLineReading Read(
        ImmutableArray<string> commandLine, CompilerFamily family, string workingDirectory, Func<string, string?> readFile)
    {
        if (commandLine.IsDefaultOrEmpty)
        {
            return new CommandLineReading(null, new LocalOnlyReason(LocalOnlyKind.NotACompile));
        }

        var expansion = ResponseFiles.Expand(commandLine.Skip(1), workingDirectory, readFile);
        var reading = Read(expansion, family, CompilerNames.IsCxxDriver(commandLine[0]));
        return reading with
        {
            Subject = reading.Invocation is { } invocation
                ? CommandSubjects.Of(invocation, workingDirectory)
                : CommandSubjects.Of(expansion.Failure is null ? [commandLine[0], .. expansion.Arguments] : commandLine, workingDirectory),
        };
    }

    private static CommandLineReading Read(ResponseFiles.Expansion expansion, CompilerFamily family, bool cxxDriver)
    {
        if (expansion.Failure is not null)
        {
            return new CommandLineReading(null, expansion.Failure);
        }

        var reader = new CommandLineReader(expansion.Arguments, family, cxxDriver);
        reader.said.NamedInputs.AddRange(expansion.Files);
        return reader.ReadArguments() is { } reason ? new CommandLineReading(null, reason) : CommandLineConclusion.Of(reader.said);
    }

    private LocalOnlyReason? ReadArguments()
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (argument == NoMoreFlags && family == CompilerFamily.Clang && !namesOnly)
            {
                namesOnly = true;
                continue;
            }

            if (namesOnly && argument.StartsWith('-'))
            {
                return new LocalOnlyReason(LocalOnlyKind.UnknownFlag, argument);
            }

            if (argument.Length < 2 || argument[0] != '-')
            {
                if (TakeSource(argument) is { } refused)
                {
                    return refused;
                }

                continue;
            }

            if (CompilerFlags.Find(argument) is not { } match)
            {
                return new LocalOnlyReason(LocalOnlyKind.UnknownFlag, argument);
            }

            var flag = match.Flag;
            if (flag.Local is { } kind)
            {
                return new LocalOnlyReason(kind, argument) { Effect = flag.Effect };
            }

            var value = match.JoinedValue;
            if (value is null && ++i == arguments.Length)
            {
                // The compiler's own error message is the best one.
                return new LocalOnlyReason(LocalOnlyKind.NotACompile, argument) { Effect = "lacks its value" };
            }

            ReadOnlySpan<string> words = value is null ? [argument, arguments[i]] : [argument];
            value ??= arguments[i];
            if (flag.Has(FlagTraits.Family) && value.Contains('/'))
            {
                return new LocalOnlyReason(LocalOnlyKind.UnknownFlag, string.Join(' ', words)) { Effect = "is no flag that is known here, and may name a file" };
            }

            if (Act(flag, value) is { } reason)
            {
                return reason with { Detail = reason.Detail.Length == 0 ? string.Join(' ', words) : reason.Detail };
            }

            Collect(flag, value, words);
        }

        return null;
    }

    private LocalOnlyReason? TakeSource(string argument)
    {
        if (StreamWords.IsStream(argument))
        {
            return new LocalOnlyReason(LocalOnlyKind.StandardInput);
        }

        if (said.Source is not null || argument.Length == 0)
        {
            // Without -c or -S the command links, however many objects and sources there are.
            var compiles = arguments.Any(static word => word is "-c" or "-S" or "--compile" or "--assemble");
            return compiles
                ? new LocalOnlyReason(LocalOnlyKind.SeveralSources, argument)
                : new LocalOnlyReason(LocalOnlyKind.NotACompile, argument) { Effect = CommandLineConclusion.Links };
        }

        said.Source = argument;
        said.SourceLanguage = language;
        return null;
    }

    private LocalOnlyReason? Act(CompilerFlag flag, string value)
    {
        switch (flag.Action)
        {
            case FlagAction.CompileOnly:
                said.CompileOnly = true;
                break;
            case FlagAction.AssemblyOnly:
                said.AssemblyOnly = true;
                break;
            case FlagAction.Output:
                said.Output = value;
                break;
            case FlagAction.Language:
                language = value == "none" ? null : value;
                break;
            case FlagAction.WriteDependencies:
                said.WritesDependencies = true;
                break;
            case FlagAction.DependencyFile:
                said.DependencyFile = value;
                break;
            case FlagAction.EmitLlvm:
                said.EmitLlvm = true;
                break;
            case FlagAction.Architecture when architecture is not null:
                return Bound("names a second architecture");
            case FlagAction.Architecture:
                architecture = value;
                break;
            case FlagAction.SystemRoot:
                said.SystemRoot = value;
                break;
            case FlagAction.IncludeFolder when value == "-":
                return Bound("changes what the -I before it mean");
            case FlagAction.Prefix:
                prefix = value;
                hasPrefix = true;
                break;
            case FlagAction.WithPrefix when hasPrefix:
                said.NamedDirectories.Add(prefix + value);
                break;
            case FlagAction.Include when StreamWords.IsStream(value):
                return new LocalOnlyReason(LocalOnlyKind.StandardInput);
            case FlagAction.IncludePrecompiled:
                return IncludePrecompiled(value);
            case FlagAction.Machine when value.StartsWith("native+", StringComparison.Ordinal):
                return Bound("means this machine's processor");
            case FlagAction.PreprocessorPass:
                return PassToPreprocessor(value);
            case FlagAction.AssemblerPass when !PassedFlags.AreSafeForAssembler(value):
                return Bound("tells the assembler more than is known here");
            case FlagAction.AssemblerPass:
                said.NamedDirectories.AddRange(PassedFlags.AssemblerFolders(value));
                break;
            case FlagAction.ClangPass:
                return PassToClang(value);
        }

        return null;
    }

    /// <summary>The current flag is bound to this machine or this run; the caller adds the flag's name.</summary>
    private static LocalOnlyReason Bound(string effect) => new(LocalOnlyKind.LocalFlag) { Effect = effect };

    private void Collect(CompilerFlag flag, string value, ReadOnlySpan<string> words)
    {
        // -x goes with the source, and PassToPreprocessor has placed its own words.
        if (!flag.Has(FlagTraits.DropFromScan) && flag.Action is not (FlagAction.Language or FlagAction.PreprocessorPass))
        {
            said.Scan.AddRange(words);
        }

        if (flag.Has(FlagTraits.Search))
        {
            said.Search.AddRange(words);
        }

        if (flag.Has(FlagTraits.NamesInput))
        {
            said.NamedInputs.Add(value);
        }

        if (flag.Has(FlagTraits.NamesDirectory))
        {
            said.NamedDirectories.Add(value);
        }

        if (flag.Has(FlagTraits.NamesOutput))
        {
            said.NamedOutputs.Add(value);
        }

        if (flag.ExtraOutput is { } suffix)
        {
            said.ExtraSuffixes.Add(suffix);
        }
    }
}
