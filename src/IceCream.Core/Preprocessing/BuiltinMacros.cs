using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Preprocessing;

/// <summary>Macros that compilers compute, and therefore do not list among their predefined macros.</summary>
internal static class BuiltinMacros
{
    private static readonly MacroDefinition Unknown = new(null, false, [new MacroToken("\x01", false)]);

    /// <summary>The possible values of the macro in a file; null when it is no such macro.</summary>
    /// <param name="name">The macro's name.</param>
    /// <param name="file">The file's names: <c>__FILE__</c> depends on the search folder in which the compiler found the file.</param>
    /// <param name="job">The job.</param>
    public static ImmutableArray<MacroDefinition>? Definitions(string name, IEnumerable<string> file, CompileJob job) => name switch
    {
        "__FILE__" => [.. file.Select(Literal)],
        "__BASE_FILE__" => [Literal(job.Invocation!.Source)],
        "__LINE__" or "__COUNTER__" or "__INCLUDE_LEVEL__" or "__FILE_NAME__" or "__DATE__" or "__TIME__" => [Unknown],
        _ => null,
    };

    private static MacroDefinition Literal(string text) => new(null, false, [new MacroToken($"\"{text}\"", false)]);
}
