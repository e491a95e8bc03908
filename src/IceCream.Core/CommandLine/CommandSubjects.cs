using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>
/// Guesses from a command's words what it is about. The result is only shown to people, so a guess is enough where the words are ambiguous: a flag
/// without a row is taken to have no value.
/// </summary>
internal static class CommandSubjects
{
    /// <summary>Folders that build systems make for their compiler checks, and prefixes of the names of such folders.</summary>
    private static readonly string[] Folders = ["CMakeScratch", "CMakeTmp", "meson-private", "config.tests"], FolderStarts = ["CompilerId", "TryCompile-", ".conf_check_"];

    /// <summary>What a fully understood compile is about.</summary>
    /// <param name="invocation">The compile.</param>
    /// <param name="workingDirectory">The command's working directory.</param>
    public static CommandSubject Of(CompilerInvocation invocation, string workingDirectory) => new(
        [invocation.Source],
        invocation.Output,
        invocation.Source == StreamWords.Nothing || IsProbe(invocation.Source, workingDirectory) ? CommandPurpose.Question : CommandPurpose.Compile);

    /// <summary>What a command is about.</summary>
    /// <param name="commandLine">As typed, beginning with the program's name; response files may be expanded.</param>
    /// <param name="workingDirectory">The command's working directory.</param>
    public static CommandSubject Of(ImmutableArray<string> commandLine, string workingDirectory)
    {
        if (commandLine.IsDefaultOrEmpty)
        {
            return CommandSubject.Unknown;
        }

        List<string> sources = [], others = [];
        string? language = null, product = null;
        bool asks = false, compiles = false, looks = false, reads = false;
        bool cxx = CompilerNames.IsCxxDriver(commandLine[0]);
        for (int i = 1; i < commandLine.Length; i++)
        {
            string word = commandLine[i];
            if (StreamWords.IsStream(word))
            {
                reads = true;
            }
            else if (word is not ['-', _, ..])
            {
                bool isSource = language is not null || word == StreamWords.Nothing || SourceLanguages.Of(word, null, cxx).Reason is not { Kind: LocalOnlyKind.Language };
                (isSource ? sources : others).Add(word);
            }
            else if (CompilerFlags.Find(word) is { } match)
            {
                string value = match.JoinedValue ?? (++i < commandLine.Length ? commandLine[i] : "");
                compiles |= match.Flag.Action is FlagAction.CompileOnly or FlagAction.AssemblyOnly;
                looks |= match.Flag.Local == LocalOnlyKind.PreprocessOnly || match.Flag.Name is "-fsyntax-only" or "--analyze" or "--precompile";
                asks |= match.Flag is { Local: LocalOnlyKind.NotACompile, Name: not ("-v" or "-fsyntax-only" or "--analyze" or "--precompile") };
                language = match.Flag.Action == FlagAction.Language ? (value == "none" ? null : value) : language;
                product = match.Flag.Action == FlagAction.Output ? value : product;
            }
        }

        if (sources.Count == 0 && compiles)
        {
            (sources, others) = (others, sources);
        }

        bool isOfNothing = others.Count == 0 && sources.All(static source => source == StreamWords.Nothing) && !reads;
        bool isFewLines = reads && (looks || !compiles || product is null);
        bool isQuestion = asks || isOfNothing || isFewLines || product == StreamWords.Nothing || IsProbe(product ?? "", workingDirectory) || sources.Concat(others).Any(file => IsProbe(file, workingDirectory));
        return new CommandSubject(
            [.. sources], product, isQuestion ? CommandPurpose.Question : looks || (sources.Count == 0 && !reads) ? CommandPurpose.Other : CommandPurpose.Compile);
    }

    /// <summary>Whether a file has a name that configure scripts use, or lies in a folder that a build system uses for its checks.</summary>
    private static bool IsProbe(string file, string workingDirectory)
    {
        string[] names = Path.Combine(workingDirectory, file).Split('/');
        return names[^1] is "conftest" || names[^1].StartsWith("conftest.", StringComparison.Ordinal)
            || names.Any(static name => Folders.Contains(name) || FolderStarts.Any(start => name.StartsWith(start, StringComparison.Ordinal)));
    }
}
