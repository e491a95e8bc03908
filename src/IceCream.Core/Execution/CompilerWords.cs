using System.Text;
using System.Text.RegularExpressions;

namespace IceCream.Execution;

/// <summary>What can be told from the words of a compiler that failed.</summary>
internal static partial class CompilerWords
{
    /// <summary>Words that speak of the machine rather than of the source. A source may provoke them too; then it is only compiled once more.</summary>
    private static readonly string[] OfTheMachine =
        ["No such file", "Killed", "internal compiler error", "No space left", "memory", "terminated"];

    /// <summary>Whether they prove that the source is at fault: an error at a line of it, and no word of trouble with the machine.</summary>
    public static bool ProveBadSource(ReadOnlySpan<byte> standardError)
    {
        string words = Colours().Replace(Encoding.UTF8.GetString(standardError), "");
        if (!ErrorAtLine().IsMatch(words))
        {
            return false;
        }

        foreach (string trouble in OfTheMachine)
        {
            if (words.Contains(trouble, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    [GeneratedRegex(@"^[^\n]+?:\d+:(\d+:)? (fatal )?error: ", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex ErrorAtLine();

    [GeneratedRegex(@"\x1b\[[0-9;]*[mK]", RegexOptions.CultureInvariant)]
    private static partial Regex Colours();
}
