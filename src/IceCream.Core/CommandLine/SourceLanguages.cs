using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>Determines the language of a source from its name and from <c>-x</c>.</summary>
internal static class SourceLanguages
{
    /// <summary>The language, or why a source of that language stays here.</summary>
    /// <param name="source">The source, as typed.</param>
    /// <param name="named">The value of <c>-x</c>; null when it is absent or <c>none</c>.</param>
    /// <param name="cxxDriver">Whether the driver compiles C sources as C++.</param>
    public static (SourceLanguage Language, LocalOnlyReason? Reason) Of(string source, string? named, bool cxxDriver) =>
        named is null ? ByExtension(source, cxxDriver) : ByName(named);

    /// <summary>The name of the language for <c>-x</c>.</summary>
    public static string NameOf(SourceLanguage language) => language switch
    {
        SourceLanguage.C => "c",
        SourceLanguage.Cxx => "c++",
        SourceLanguage.ObjectiveC => "objective-c",
        SourceLanguage.ObjectiveCxx => "objective-c++",
        SourceLanguage.Assembler => "assembler",
        SourceLanguage.AssemblerWithCpp => "assembler-with-cpp",
        SourceLanguage.PreprocessedC => "cpp-output",
        _ => "c++-cpp-output",
    };

    /// <summary>The name for <c>-x</c> of the language before preprocessing, for queries about search folders and macros.</summary>
    public static string NameBeforeCpp(SourceLanguage language) => NameOf(language switch
    {
        SourceLanguage.PreprocessedC => SourceLanguage.C,
        SourceLanguage.PreprocessedCxx => SourceLanguage.Cxx,
        SourceLanguage.Assembler => SourceLanguage.AssemblerWithCpp,
        _ => language,
    });

    /// <summary>Whether the language is preprocessed, so that the compiler can be asked for dependencies.</summary>
    public static bool IsPreprocessed(SourceLanguage language) =>
        language is not (SourceLanguage.Assembler or SourceLanguage.PreprocessedC or SourceLanguage.PreprocessedCxx);

    private static (SourceLanguage, LocalOnlyReason?) ByName(string name) => name switch
    {
        "c" => (SourceLanguage.C, null),
        "c++" => (SourceLanguage.Cxx, null),
        "objective-c" => (SourceLanguage.ObjectiveC, null),
        "objective-c++" => (SourceLanguage.ObjectiveCxx, null),
        "assembler" => (SourceLanguage.Assembler, null),
        "assembler-with-cpp" => (SourceLanguage.AssemblerWithCpp, null),
        "cpp-output" => (SourceLanguage.PreprocessedC, null),
        "c++-cpp-output" => (SourceLanguage.PreprocessedCxx, null),
        "c++-module" or "c++-user-header" or "c++-system-header" or "c++-header-unit-header" => Local(LocalOnlyKind.Modules, name),
        _ when name.EndsWith("-header", StringComparison.Ordinal) => Local(LocalOnlyKind.PrecompiledHeader, name),
        _ => Local(LocalOnlyKind.Language, name),
    };

    private static (SourceLanguage, LocalOnlyReason?) ByExtension(string source, bool cxxDriver) => Path.GetExtension(source) switch
    {
        ".c" => (cxxDriver ? SourceLanguage.Cxx : SourceLanguage.C, null),
        ".cc" or ".cpp" or ".cxx" or ".C" or ".c++" or ".cp" or ".CPP" => (SourceLanguage.Cxx, null),
        ".m" => (SourceLanguage.ObjectiveC, null),
        ".mm" or ".M" => (SourceLanguage.ObjectiveCxx, null),
        ".i" => (cxxDriver ? SourceLanguage.PreprocessedCxx : SourceLanguage.PreprocessedC, null),
        ".ii" => (SourceLanguage.PreprocessedCxx, null),
        ".s" => (SourceLanguage.Assembler, null),
        ".S" or ".sx" => (SourceLanguage.AssemblerWithCpp, null),
        ".cppm" or ".ccm" or ".cxxm" or ".c++m" or ".ixx" or ".pcm" => Local(LocalOnlyKind.Modules, source),
        ".h" or ".hh" or ".hpp" or ".hxx" or ".H" or ".h++" or ".hp" or ".HPP" or ".tcc" => Local(LocalOnlyKind.PrecompiledHeader, source),
        _ => Local(LocalOnlyKind.Language, source),
    };

    private static (SourceLanguage, LocalOnlyReason?) Local(LocalOnlyKind kind, string detail) => (default, new LocalOnlyReason(kind, detail));
}
