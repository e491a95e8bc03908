using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>
/// Cleans what another machine says about a job before people read it: terminals obey control characters, and a worker must not move anybody's cursor or
/// reverse the words of a log. The compiler's own output is not changed: it must have the same bytes as from a local compile.
/// </summary>
internal static class ForeignText
{
    private const char InPlace = '\uFFFD';

    /// <summary>The result with its worker's texts cleaned.</summary>
    public static CompileResult Clean(CompileResult result) => result with
    {
        Failure = result.Failure is { } failure ? failure with { Message = Clean(failure.Message) } : null,
        Lookups = result.Lookups is { } lookups
            ? lookups with { Gap = CleanOptional(lookups.Gap), Objection = CleanOptional(lookups.Objection), Trouble = CleanOptional(lookups.Trouble) }
            : null,
    };

    /// <summary>The text with control characters replaced, including line ends and direction marks.</summary>
    public static string Clean(string text) => PlainText.Of(text, InPlace);

    private static string? CleanOptional(string? text) => text is null ? null : Clean(text);
}
