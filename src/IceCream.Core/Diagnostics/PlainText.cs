using System.Globalization;

namespace IceCream.Diagnostics;

/// <summary>
/// The one rule for texts of others that people read on a terminal or in a log: what is obeyed instead of shown is replaced. Control characters move a
/// cursor, line ends forge a line, and direction marks reverse the words around them.
/// </summary>
internal static class PlainText
{
    /// <summary>The text with each harmful character replaced, so that it is one line.</summary>
    /// <param name="text">The text.</param>
    /// <param name="inPlace">What is shown in a harmful character's place.</param>
    public static string Of(string text, char inPlace) => text.Any(IsHarmful) ? string.Create(text.Length, (text, inPlace), static (to, given) =>
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = IsHarmful(given.text[i]) ? given.inPlace : given.text[i];
        }
    }) : text;

    /// <summary>Whether terminals or readers of logs obey a character instead of showing it.</summary>
    public static bool IsHarmful(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
