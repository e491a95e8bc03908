using System.Globalization;
using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>
/// What another machine says about a job, for people: terminals obey control characters, and a worker is not to move anybody's cursor or reverse the words
/// of a log. The compiler's own output is not touched: it is to be the bytes of home.
/// </summary>
internal static class ForeignText
{
    private const char InPlace = '\uFFFD';

    /// <summary>The result with what its worker says of it in harmless characters.</summary>
    public static CompileResult Clean(CompileResult result) => result with
    {
        Failure = result.Failure is { } failure ? failure with { Message = Clean(failure.Message) } : null,
        Lookups = result.Lookups is { } lookups
            ? lookups with { Gap = CleanOptional(lookups.Gap), Objection = CleanOptional(lookups.Objection), Trouble = CleanOptional(lookups.Trouble) }
            : null,
    };

    /// <summary>The text without control characters, line ends and marks of direction among them.</summary>
    public static string Clean(string text) => text.Any(IsHarmful) ? string.Create(text.Length, text, static (to, from) =>
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = IsHarmful(from[i]) ? InPlace : from[i];
        }
    }) : text;

    private static string? CleanOptional(string? text) => text is null ? null : Clean(text);

    private static bool IsHarmful(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
