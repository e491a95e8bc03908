using System.Text.RegularExpressions;

namespace IceCream.Toolchains.Wrappers;

/// <summary>
/// What the text of a shell script tells that no observer sees: a shell takes all variables in when it starts, and asks the kernel for numbers
/// that differ from run to run. All functions are pure.
/// </summary>
internal static partial class WrapperText
{
    /// <summary>Parts of names that are shorter than this name nothing.</summary>
    private const int ShortestPart = 3;

    /// <summary>Before a part, however short, that stands where a name is put together. No name begins so.</summary>
    private const char Joint = '+';

    /// <summary>Variables that shells obey without being told of them.</summary>
    private static readonly string[] Obeyed =
        ["BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS", "BASH_COMPAT", "CDPATH", "GLOBIGNORE", "EXECIGNORE", "FUNCNEST", "PS4", "IFS"];

    /// <summary>Functions that shells take over from those that started them.</summary>
    private const string Functions = "BASH_FUNC_";

    /// <summary>Why what the script does cannot be had elsewhere; null when nothing in it says so.</summary>
    public static string? ReasonToStay(string text)
    {
        string code = Comment().Replace(text, "");
        return MachineBinding.OfFlags(code) is { } flag ? $"adds {flag}"
            : Fleeting().Match(code) is { Success: true } word ? $"asks for {word.Value.Trim()}, which differs from run to run or from machine to machine"
            : Listing().Match(code) is { Success: true } list ? $"lists all variables by '{list.Value.Trim()}'"
            : null;
    }

    /// <summary>Whether it asks of files whether they may be executed: those that a worker has all may.</summary>
    public static bool AsksToExecute(string text) => ExecuteTest().IsMatch(text);

    /// <summary>The words that may be names of variables; short ones that are put together with what follows or comes before count as long ones.</summary>
    public static HashSet<string> Words(string text)
    {
        HashSet<string> words = [.. ShortPart().Matches(text).Select(static match => Joint + match.Value)];
        foreach (ValueMatch match in Word().EnumerateMatches(text))
        {
            words.Add(text.Substring(match.Index, match.Length));
        }

        return words;
    }

    /// <summary>Whether names of variables are put together, so that the words are parts of names only.</summary>
    public static bool ComposesNames(string text) => Composition().IsMatch(text);

    /// <summary>Whether a script obeys a variable, as far as its words tell.</summary>
    /// <param name="name">Of the variable.</param>
    /// <param name="words">Those of the script, and of what it reads.</param>
    /// <param name="composed">Whether names are put together.</param>
    public static bool Obeys(string name, IReadOnlySet<string> words, bool composed) =>
        words.Contains(name) || Obeyed.Contains(name, StringComparer.Ordinal) || name.StartsWith(Functions, StringComparison.Ordinal)
        || (composed && words.Any(word => word[0] == Joint ? IsPart(name, word.AsSpan(1)) : word.Length >= ShortestPart && IsPart(name, word)));

    private static bool IsPart(string name, ReadOnlySpan<char> word) => name.AsSpan().StartsWith(word) || name.AsSpan().EndsWith(word);

    [GeneratedRegex(@"^[ \t]*#.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b[A-Za-z_]\w?(?=[\\""']?\$)|(?<=\})\w{1,2}\b")]
    private static partial Regex ShortPart();

    [GeneratedRegex(@"\b[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b(RANDOM|SRANDOM|SECONDS|EPOCHSECONDS|EPOCHREALTIME|BASHPID|PPID|EUID|UID|GROUPS|HOSTNAME|TMPDIR|TMP|TEMP|LD_PRELOAD|ulimit|srand|systime|strftime)\b"
        + @"|\$\$|\$\{\$\}|%(-?\d+)?\([^)]*\)T|/dev/(u?random|tcp|udp)\b|[ \t]-(nt|ot|ef|t[ \t]+[01])[ \t]|\[[^\n]*[ \t]-[OGN][ \t]|\b(ls[ \t]+-\w*[ltisS]|sort[ \t]+-\w*R)|[ \t]-([ac]?newer\w*|[acm](time|min)|perm|user|group|uid|gid)\b|(^|[\s=:""'])~[A-Za-z_]", RegexOptions.Multiline)]
    private static partial Regex Fleeting();

    [GeneratedRegex(@"\b(printenv|compgen)\b|\b(declare|typeset|export|readonly|local)[ \t]+-[A-Za-z]*p|(^|[;&|(`])[ \t]*(env([ \t]+-\S+)*|set|export|declare|typeset)[ \t]*($|[|;>)`&])|\bin[ \t]+ENVIRON\b|\$\{![A-Za-z_]\w*[*@]\}", RegexOptions.Multiline)]
    private static partial Regex Listing();

    [GeneratedRegex(@"(\[|\btest\b)[^\n]*[ \t]-x[ \t]")]
    private static partial Regex ExecuteTest();

    [GeneratedRegex(@"\beval\b|\$\{!|\b(declare|typeset|local)[ \t]+-[A-Za-z]*n\b")]
    private static partial Regex Composition();
}
