using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>
/// Reads a compiler's command line: either it is one compile whose inputs and outputs are all known, or it stays on its machine. Looks at nothing
/// but the arguments and the response files they name.
/// </summary>
internal sealed class CommandLineReader
{
    private readonly CompilerFamily family;
    private readonly ImmutableArray<string> arguments;
    private readonly CommandLineFindings said;
    private string? language;
    private string? architecture;
    private string prefix = "";
    private bool hasPrefix;

    private CommandLineReader(ImmutableArray<string> arguments, CompilerFamily family, bool cxxDriver)
    {
        this.arguments = arguments;
        this.family = family;
        said = new CommandLineFindings(arguments, family, cxxDriver);
    }

    /// <summary>Reads a command line. Never throws on what is in it.</summary>
    /// <param name="commandLine">The command as typed, the program's name first: by its name the driver takes <c>.c</c> for C or for C++.</param>
    /// <param name="family">Whose flags they are.</param>
    /// <param name="workingDirectory">What response files' names are resolved against.</param>
    /// <param name="readFile">Gives the text of a response file by its path, or null when it cannot be read.</param>
    public static CommandLineReading Read(
        ImmutableArray<string> commandLine, CompilerFamily family, string workingDirectory, Func<string, string?> readFile)
    {
        if (commandLine.IsDefaultOrEmpty)
        {
            return new CommandLineReading(null, new LocalOnlyReason(LocalOnlyKind.NotACompile));
        }

        var expansion = ResponseFiles.Expand(commandLine.Skip(1), workingDirectory, readFile);
        if (expansion.Failure is not null)
        {
            return new CommandLineReading(null, expansion.Failure);
        }

        var reader = new CommandLineReader(expansion.Arguments, family, CompilerNames.IsCxxDriver(commandLine[0]));
        reader.said.NamedInputs.AddRange(expansion.Files);
        return reader.ReadArguments() is { } reason ? new CommandLineReading(null, reason) : CommandLineConclusion.Of(reader.said);
    }

    private LocalOnlyReason? ReadArguments()
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
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
                return new LocalOnlyReason(kind, argument);
            }

            var value = match.JoinedValue;
            if (value is null && ++i == arguments.Length)
            {
                // The compiler itself complains best.
                return new LocalOnlyReason(LocalOnlyKind.NotACompile, argument);
            }

            ReadOnlySpan<string> words = value is null ? [argument, arguments[i]] : [argument];
            value ??= arguments[i];
            if (flag.Has(FlagTraits.Family) && value.Contains('/'))
            {
                return new LocalOnlyReason(LocalOnlyKind.UnknownFlag, string.Join(' ', words));
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
        if (argument is "-" or "/dev/stdin" || argument.StartsWith("/dev/fd/", StringComparison.Ordinal))
        {
            return new LocalOnlyReason(LocalOnlyKind.StandardInput);
        }

        if (said.Source is not null || argument.Length == 0)
        {
            // Without -c or -S it links, however many objects and sources there are.
            var compiles = arguments.Contains("-c") || arguments.Contains("-S");
            return new LocalOnlyReason(compiles ? LocalOnlyKind.SeveralSources : LocalOnlyKind.NotACompile, argument);
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
                return new LocalOnlyReason(LocalOnlyKind.LocalFlag);
            case FlagAction.Architecture:
                architecture = value;
                break;
            case FlagAction.SystemRoot:
                said.SystemRoot = value;
                break;
            case FlagAction.Prefix:
                prefix = value;
                hasPrefix = true;
                break;
            case FlagAction.WithPrefix when hasPrefix:
                said.NamedDirectories.Add(prefix + value);
                break;
            case FlagAction.Include when value is "-" or "/dev/stdin":
                return new LocalOnlyReason(LocalOnlyKind.StandardInput);
            case FlagAction.Machine when value == "native" || value.StartsWith("native+", StringComparison.Ordinal):
                return new LocalOnlyReason(LocalOnlyKind.LocalFlag);
            case FlagAction.Profile when family == CompilerFamily.Gcc && !value.EndsWith(".gcda", StringComparison.Ordinal):
                return new LocalOnlyReason(LocalOnlyKind.LocalFlag);
            case FlagAction.PreprocessorPass:
                return PassToPreprocessor(value);
            case FlagAction.AssemblerPass when !PassedFlags.AreSafeForAssembler(value):
                return new LocalOnlyReason(LocalOnlyKind.LocalFlag);
            case FlagAction.ClangPass when value is "-include-pch" or "-emit-pch":
                return new LocalOnlyReason(LocalOnlyKind.PrecompiledHeader);
            case FlagAction.ClangPass when !PassedFlags.IsSafeForClang(value):
                return new LocalOnlyReason(LocalOnlyKind.LocalFlag);
        }

        return null;
    }

    private LocalOnlyReason? PassToPreprocessor(string list)
    {
        var words = list.Split(',');
        if (words is ["-MD" or "-MMD", { Length: > 0 } file])
        {
            said.WritesDependencies = true;
            said.DependencyFile = file;
        }
        else if (words.All(word => word.Length > 2 && (word.StartsWith("-D", StringComparison.Ordinal) || word.StartsWith("-U", StringComparison.Ordinal))))
        {
            said.Scan.Add("-Wp," + list);
            said.Search.Add("-Wp," + list);
        }
        else
        {
            return new LocalOnlyReason(LocalOnlyKind.LocalFlag);
        }

        return null;
    }

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
