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
    private readonly bool cxxDriver;
    private readonly ImmutableArray<string> arguments;
    private readonly List<string> scan = [];
    private readonly List<string> search = [];
    private readonly List<string> namedInputs = [];
    private readonly List<string> namedDirectories = [];
    private readonly List<string> namedOutputs = [];
    private readonly List<string> extraSuffixes = [];
    private string? source;
    private string? sourceLanguage;
    private string? language;
    private string? output;
    private string? architecture;
    private string? dependencyFile;
    private string? systemRoot;
    private string prefix = "";
    private bool hasPrefix;
    private bool compileOnly;
    private bool assemblyOnly;
    private bool emitLlvm;
    private bool writesDependencies;

    private CommandLineReader(ImmutableArray<string> arguments, CompilerFamily family, bool cxxDriver)
    {
        this.arguments = arguments;
        this.family = family;
        this.cxxDriver = cxxDriver;
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
        reader.namedInputs.AddRange(expansion.Files);
        return reader.ReadArguments() is { } reason ? new CommandLineReading(null, reason) : reader.Conclude();
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

        if (source is not null || argument.Length == 0)
        {
            // Without -c or -S it links, however many objects and sources there are.
            var compiles = arguments.Contains("-c") || arguments.Contains("-S");
            return new LocalOnlyReason(compiles ? LocalOnlyKind.SeveralSources : LocalOnlyKind.NotACompile, argument);
        }

        source = argument;
        sourceLanguage = language;
        return null;
    }

    private LocalOnlyReason? Act(CompilerFlag flag, string value)
    {
        switch (flag.Action)
        {
            case FlagAction.CompileOnly:
                compileOnly = true;
                break;
            case FlagAction.AssemblyOnly:
                assemblyOnly = true;
                break;
            case FlagAction.Output:
                output = value;
                break;
            case FlagAction.Language:
                language = value == "none" ? null : value;
                break;
            case FlagAction.WriteDependencies:
                writesDependencies = true;
                break;
            case FlagAction.DependencyFile:
                dependencyFile = value;
                break;
            case FlagAction.EmitLlvm:
                emitLlvm = true;
                break;
            case FlagAction.Architecture when architecture is not null:
                return new LocalOnlyReason(LocalOnlyKind.LocalFlag);
            case FlagAction.Architecture:
                architecture = value;
                break;
            case FlagAction.SystemRoot:
                systemRoot = value;
                break;
            case FlagAction.Prefix:
                prefix = value;
                hasPrefix = true;
                break;
            case FlagAction.WithPrefix when hasPrefix:
                namedDirectories.Add(prefix + value);
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
            writesDependencies = true;
            dependencyFile = file;
        }
        else if (words.All(word => word.Length > 2 && (word.StartsWith("-D", StringComparison.Ordinal) || word.StartsWith("-U", StringComparison.Ordinal))))
        {
            scan.Add("-Wp," + list);
            search.Add("-Wp," + list);
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
            scan.AddRange(words);
        }

        if (flag.Has(FlagTraits.Search))
        {
            search.AddRange(words);
        }

        if (flag.Has(FlagTraits.NamesInput))
        {
            namedInputs.Add(value);
        }

        if (flag.Has(FlagTraits.NamesDirectory))
        {
            namedDirectories.Add(value);
        }

        if (flag.Has(FlagTraits.NamesOutput))
        {
            namedOutputs.Add(value);
        }

        if (flag.ExtraOutput is { } suffix)
        {
            extraSuffixes.Add(suffix);
        }
    }

    private CommandLineReading Conclude()
    {
        if (source is null)
        {
            return Local(LocalOnlyKind.NotACompile, "");
        }

        var (spoken, reason) = SourceLanguages.Of(source, sourceLanguage, cxxDriver);
        if (reason is { Kind: LocalOnlyKind.PrecompiledHeader or LocalOnlyKind.Modules })
        {
            return new CommandLineReading(null, reason);
        }

        if (!compileOnly && !assemblyOnly)
        {
            return Local(LocalOnlyKind.NotACompile, "");
        }

        if (reason is not null)
        {
            return new CommandLineReading(null, reason);
        }

        var target = output ?? Path.GetFileNameWithoutExtension(source) + DefaultSuffix();
        if (Path.GetExtension(target) is ".gch" or ".pch")
        {
            return Local(LocalOnlyKind.PrecompiledHeader, target);
        }

        var dependencies = writesDependencies ? dependencyFile ?? WithSuffix(target, ".d") : null;
        string[] outputs =
        [
            target,
            .. dependencies is null ? Array.Empty<string>() : [dependencies],
            .. extraSuffixes.Select(suffix => WithSuffix(target, suffix)),
            .. namedOutputs,
        ];
        if (outputs.FirstOrDefault(file => !IsOrdinary(file)) is { } strange)
        {
            return Local(LocalOnlyKind.Output, strange);
        }

        var invocation = new CompilerInvocation
        {
            Family = family,
            Language = spoken,
            Source = source,
            Output = target,
            Arguments = arguments,
            DependencyFile = dependencies,
            Outputs = [.. outputs.Distinct(StringComparer.Ordinal)],
            NamedInputs = [.. namedInputs.Distinct(StringComparer.Ordinal)],
            NamedDirectories = [.. namedDirectories.Select(InSystemRoot).Distinct(StringComparer.Ordinal)],
            DependencyArguments = SourceLanguages.IsPreprocessed(spoken) ? DependencyArguments(source) : [],
            SearchArguments = ["-x", SourceLanguages.NameOf(spoken), .. search],
        };
        return new CommandLineReading(invocation, null);
    }

    private ImmutableArray<string> DependencyArguments(string file) => sourceLanguage is null
        ? [.. scan, "-M", "-MT", "x", file]
        : [.. scan, "-M", "-MT", "x", "-x", sourceLanguage, file];

    private string DefaultSuffix() => (assemblyOnly, emitLlvm) switch
    {
        (true, true) => ".ll",
        (true, false) => ".s",
        (false, true) => ".bc",
        _ => ".o",
    };

    // A folder that begins with an equals sign, or with $SYSROOT, lies in the system root, if there is one.
    private string InSystemRoot(string folder) =>
        folder.StartsWith('=') ? systemRoot + folder[1..]
        : folder.StartsWith("$SYSROOT", StringComparison.Ordinal) ? systemRoot + folder["$SYSROOT".Length..]
        : folder;

    private static string WithSuffix(string file, string suffix)
    {
        var extension = Path.GetExtension(file);
        return file[..^extension.Length] + suffix;
    }

    private static bool IsOrdinary(string file) =>
        file.Length > 0 && file != "-" && !file.EndsWith('/') && !file.StartsWith("/dev/", StringComparison.Ordinal)
        && !file.StartsWith("/proc/", StringComparison.Ordinal);

    private static CommandLineReading Local(LocalOnlyKind kind, string detail) => new(null, new LocalOnlyReason(kind, detail));
}
