namespace IceCream.Diagnostics;

/// <summary>Cuts texts to a length that people read.</summary>
internal static class ShortText
{
    /// <summary>The beginning of a text, which ends before a surrogate pair rather than within it: half a pair is not valid text, and reads differently after it was sent.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How many characters it may have, at least 1.</param>
    public static string Cut(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];

    /// <summary>As <see cref="Cut"/>, with an ellipsis for what is missing.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How many characters it may have with the ellipsis, at least 2.</param>
    public static string Abridge(string text, int most) => text.Length <= most ? text : Cut(text, most - 1) + "…";
}
