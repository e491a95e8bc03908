using System.Text;

namespace IceCream.Benchmarks.Identity.Random;

/// <summary>Texts as bash reads them.</summary>
internal static class Bash
{
    /// <summary>Stands for the path of the tree in texts.</summary>
    public const char Tree = '\x01';

    private const string Plain = "+-./:=@_,%^";

    /// <summary>One word, in which the marker becomes <c>$T</c>.</summary>
    public static string Quote(string text)
    {
        if (text.Length > 0 && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || Plain.Contains(letter, StringComparison.Ordinal)))
        {
            return text;
        }

        return string.Join("\"$T\"", text.Split(Tree).Select(static part => part.Length == 0 ? "" : One(part))) is { Length: > 0 } quoted ? quoted : "''";
    }

    public static string Quote(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string One(string text)
    {
        if (!text.Any(static letter => letter is '\'' or '\\' or < ' ' or > '~'))
        {
            return $"'{text}'";
        }

        var quoted = new StringBuilder("$'");
        foreach (char letter in text)
        {
            quoted.Append(letter switch
            {
                '\'' => @"\'",
                '\\' => @"\\",
                '\n' => @"\n",
                '\t' => @"\t",
                < ' ' or > '~' => $"\\{Convert.ToString(letter, 8).PadLeft(3, '0')}",
                _ => letter.ToString(),
            });
        }

        return quoted.Append('\'').ToString();
    }
}
