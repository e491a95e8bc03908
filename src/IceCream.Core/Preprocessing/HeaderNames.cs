namespace IceCream.Preprocessing;

/// <summary>Reads expanded macros as a file name.</summary>
internal static class HeaderNames
{
    /// <summary>The names that the text can mean; none when it is no name, in which case every compiler fails.</summary>
    public static IEnumerable<IncludeDirective> In(string text, IncludeKind kind)
    {
        if (text.Length < 3 || text[0] is not ('"' or '<') || text.IndexOf(text[0] == '<' ? '>' : '"', 1) is not (> 1 and int end))
        {
            yield break;
        }

        IncludeForm form = text[0] == '<' ? IncludeForm.Angled : IncludeForm.Quoted;
        string name = text[1..end];
        yield return new IncludeDirective(kind, form, name);

        // Compilers disagree about white space between tokens that come from macros.
        if (form == IncludeForm.Angled && name.Contains(' ', StringComparison.Ordinal))
        {
            yield return new IncludeDirective(kind, form, name.Replace(" ", "", StringComparison.Ordinal));
        }
    }
}
