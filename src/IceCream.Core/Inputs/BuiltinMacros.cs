using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>The macros that compilers compute, and that they therefore do not list.</summary>
internal static class BuiltinMacros
{
    private static readonly MacroDefinition Unknown = new(null, false, [new MacroToken("\x01", false)]);

    /// <summary>The macro's definition in a file; null when it is none of these.</summary>
    public static MacroDefinition? Definition(string name, string file, CompileJob job) => name switch
    {
        "__FILE__" => Literal(file),
        "__BASE_FILE__" => Literal(job.Invocation!.Source),
        "__LINE__" or "__COUNTER__" or "__INCLUDE_LEVEL__" or "__FILE_NAME__" or "__DATE__" or "__TIME__" => Unknown,
        _ => null,
    };

    private static MacroDefinition Literal(string text) => new(null, false, [new MacroToken($"\"{text}\"", false)]);
}
