using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Preprocessing;

/// <summary>The macros that compilers compute, and that they therefore do not list.</summary>
internal static class BuiltinMacros
{
    private static readonly MacroDefinition Unknown = new(null, false, [new MacroToken("\x01", false)]);

    /// <summary>What the macro may be in a file; null when it is none of these.</summary>
    /// <param name="name">The macro's name.</param>
    /// <param name="file">The file's names: compilers call it by the way on which they found it.</param>
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
