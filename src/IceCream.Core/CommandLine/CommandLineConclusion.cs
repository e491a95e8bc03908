using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>Draws conclusions from the arguments: the names of the outputs by the compilers' own rules, and the arguments for queries of the compiler.</summary>
internal static class CommandLineConclusion
{
    /// <summary>The message about a file in a command that has neither <c>-c</c> nor <c>-S</c>.</summary>
    public const string Links = "is linked by the same command: neither -c nor -S is there";

    /// <summary>The compile that the command asks for, or why it stays on its machine.</summary>
    public static CommandLineReading Of(CommandLineFindings said)
    {
        if (said.Source is not { } source)
        {
            return Local(LocalOnlyKind.NotACompile, "no source", "is named");
        }

        var (spoken, reason) = SourceLanguages.Of(source, said.SourceLanguage, said.CxxDriver);
        if (reason is { Kind: LocalOnlyKind.PrecompiledHeader or LocalOnlyKind.Modules })
        {
            return new CommandLineReading(null, reason);
        }

        if (!said.CompileOnly && !said.AssemblyOnly)
        {
            return Local(LocalOnlyKind.NotACompile, source, Links);
        }

        if (reason is not null)
        {
            return new CommandLineReading(null, reason);
        }

        var target = said.Output ?? Path.GetFileNameWithoutExtension(source) + DefaultSuffix(said);
        if (Path.GetExtension(target) is ".gch" or ".pch")
        {
            return Local(LocalOnlyKind.PrecompiledHeader, target, "is a precompiled header");
        }

        var dependencies = said.WritesDependencies && said.DependencyFile != StreamWords.Nothing ? said.DependencyFile ?? WithSuffix(target, ".d") : null;
        string[] outputs =
        [
            target,
            .. dependencies is null ? Array.Empty<string>() : [dependencies],
            .. said.ExtraSuffixes.Select(suffix => BesideTarget(said, target, suffix)),
            .. said.NamedOutputs,
        ];
        if (outputs.FirstOrDefault(file => !IsOrdinary(file)) is { } strange)
        {
            return Local(LocalOnlyKind.Output, strange, "is no ordinary file that a worker could write");
        }

        var invocation = new CompilerInvocation
        {
            Family = said.Family,
            Language = spoken,
            Source = source,
            Output = target,
            Arguments = said.Arguments,
            DependencyFile = dependencies,
            Outputs = [.. outputs.Distinct(StringComparer.Ordinal)],
            NamedInputs = [.. said.NamedInputs.Distinct(StringComparer.Ordinal)],
            NamedDirectories = [.. said.NamedDirectories.Select(folder => InSystemRoot(folder, said.SystemRoot)).Distinct(StringComparer.Ordinal)],
            DependencyArguments = SourceLanguages.IsPreprocessed(spoken) ? DependencyArguments(said, source) : [],
            SearchArguments = ["-x", SourceLanguages.NameOf(spoken), .. said.Search],
        };
        return new CommandLineReading(invocation, null);
    }

    private static ImmutableArray<string> DependencyArguments(CommandLineFindings said, string source) => said.SourceLanguage is null
        ? [.. said.Scan, "-M", "-MT", "x", source]
        : [.. said.Scan, "-M", "-MT", "x", "-x", said.SourceLanguage, source];

    private static string DefaultSuffix(CommandLineFindings said) => (said.AssemblyOnly, said.EmitLlvm) switch
    {
        (true, true) => ".ll",
        (true, false) => ".s",
        (false, true) => ".bc",
        _ => ".o",
    };

    // A folder that begins with an equals sign, or with $SYSROOT, lies in the system root, if there is one.
    private static string InSystemRoot(string folder, string? systemRoot) =>
        folder.StartsWith('=') ? systemRoot + folder[1..]
        : folder.StartsWith("$SYSROOT", StringComparison.Ordinal) ? systemRoot + folder["$SYSROOT".Length..]
        : folder;

    /// <summary>For files beside the target, GCC does not treat a leading dot of the name as the start of a suffix; for dependency files it does.</summary>
    private static string BesideTarget(CommandLineFindings said, string target, string suffix) =>
        said.Family == CompilerFamily.Gcc && Path.GetFileNameWithoutExtension(target).Length == 0 ? target + suffix : WithSuffix(target, suffix);

    private static string WithSuffix(string file, string suffix)
    {
        var extension = Path.GetExtension(file);
        return file[..^extension.Length] + suffix;
    }

    private static bool IsOrdinary(string file) =>
        file.Length > 0 && file != "-" && !file.EndsWith('/')
        && (!file.StartsWith("/dev/", StringComparison.Ordinal) || file.StartsWith("/dev/shm/", StringComparison.Ordinal))
        && !file.StartsWith("/proc/", StringComparison.Ordinal);

    private static CommandLineReading Local(LocalOnlyKind kind, string detail, string effect) => new(null, new LocalOnlyReason(kind, detail) { Effect = effect });
}
