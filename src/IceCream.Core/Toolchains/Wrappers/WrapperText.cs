using System.Text.RegularExpressions;

namespace IceCream.Toolchains.Wrappers;

/// <summary>
/// Analyses the text of a shell script for what observation cannot show: a shell imports all variables when it starts, and queries the kernel for
/// values that differ between runs. All functions are pure.
/// </summary>
internal static partial class WrapperText
{
    /// <summary>Shorter parts of names are ignored.</summary>
    private const int ShortestPart = 3;

    /// <summary>Marks a part of a composed name, however short. No name starts with this character.</summary>
    private const char Joint = '+';

    /// <summary>Variables that shells use without being told to.</summary>
    private static readonly string[] Obeyed =
        ["BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS", "BASH_COMPAT", "CDPATH", "GLOBIGNORE", "EXECIGNORE", "FUNCNEST", "PS4", "IFS"];

    /// <summary>The prefix of functions that shells import from their parents.</summary>
    private const string Functions = "BASH_FUNC_";

    /// <summary>Why the script's behaviour may differ elsewhere; null when nothing in it indicates that.</summary>
    public static string? ReasonToStay(string text)
    {
        string code = Comment().Replace(text, "");
        return MachineBinding.OfFlags(code) is { } flag ? $"adds {flag}"
            : Native().Match(code) is { Success: true } native ? $"says '{native.Value}', which may become a flag for this machine's processor"
            : Fleeting().Match(code) is { Success: true } word ? $"asks for {word.Value.Trim()}, which differs from run to run or from machine to machine"
            : Listing().Match(code) is { Success: true } list ? $"lists all variables by '{list.Value.Trim()}'"
            : null;
    }

    /// <summary>
    /// Whether a variable of the command may become a flag for this machine's processor: whole flags, or what a script puts behind <c>-march=</c>. Clang's
    /// report shows only what became of such a flag.
    /// </summary>
    /// <param name="variable">As <c>NAME=value</c>.</param>
    public static bool MayMeanProcessor(string variable) => Native().IsMatch(variable);

    /// <summary>Whether it tests files for being executable: on a worker all files are.</summary>
    public static bool AsksToExecute(string text) => ExecuteTest().IsMatch(text);

    /// <summary>The words that may be names of variables; short ones that are joined with what precedes or follows count too.</summary>
    public static HashSet<string> Words(string text)
    {
        HashSet<string> words = [.. ShortPart().Matches(text).Select(static match => Joint + match.Value)];
        foreach (ValueMatch match in Word().EnumerateMatches(text))
        {
            words.Add(text.Substring(match.Index, match.Length));
        }

        return words;
    }

    /// <summary>Whether names of variables are composed, so that the words may be only parts of names.</summary>
    public static bool ComposesNames(string text) => Composition().IsMatch(text);

    /// <summary>Whether a script uses a variable, as far as its words tell.</summary>
    /// <param name="name">The variable's name.</param>
    /// <param name="words">The words of the script, and of the files that it reads.</param>
    /// <param name="composed">Whether names are composed.</param>
    public static bool Obeys(string name, IReadOnlySet<string> words, bool composed) =>
        words.Contains(name) || Obeyed.Contains(name, StringComparer.Ordinal) || name.StartsWith(Functions, StringComparison.Ordinal)
        || (composed && words.Any(word => word[0] == Joint ? IsPart(name, word.AsSpan(1)) : word.Length >= ShortestPart && IsPart(name, word)));

    private static bool IsPart(string name, ReadOnlySpan<char> word) => name.AsSpan().StartsWith(word) || name.AsSpan().EndsWith(word);

    [GeneratedRegex(@"(?:\w=|:[-=])[""']?native(?![\w-])")]
    private static partial Regex Native();

    [GeneratedRegex(@"^[ \t]*#.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b[A-Za-z_]\w?(?=[\\""']?\$)|(?<=\})\w{1,2}\b")]
    private static partial Regex ShortPart();

    [GeneratedRegex(@"\b[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b(RANDOM|SRANDOM|SECONDS|EPOCHSECONDS|EPOCHREALTIME|BASHPID|PPID|EUID|UID|GROUPS|HOSTNAME|TMPDIR|TMP|TEMP|LD_PRELOAD|ulimit|srand|systime|strftime|PROCINFO)\b"
        + @"|\$\$|\$\{\$\}|\$!(?![A-Za-z{])|\$\{!\}|%(-?\d+)?\([^)]*\)T|/dev/(u?random|tcp|udp)\b|[ \t]-(nt|ot|ef|t[ \t]+[01])[ \t]|\[[^\n]*[ \t]-[OGN][ \t]|\b(ls\b[^\n;|&)]{0,200}[ \t](-\w*[cgiolstuS]|--(author|full-time|inode|size|sort|time))|sort\b[^\n;|&)]{0,200}[ \t](-\w*R|--random|--sort))|[ \t]-f?printf\b|[ \t]-([ac]?newer\w*|[acm](time|min)|perm|user|group|uid|gid)\b|(^|[\s=:""'])~[A-Za-z_]", RegexOptions.Multiline)]
    private static partial Regex Fleeting();

    [GeneratedRegex(@"\b(printenv|compgen)\b|\b(declare|typeset|export|readonly|local)[ \t]+-[A-Za-z]*p|(^|[;&|(`])[ \t]*(env([ \t]+-\S+)*|set|export|declare|typeset)[ \t]*($|[|;>)`&])|\bin[ \t]+ENVIRON\b|\$\{![A-Za-z_]\w*[*@]\}", RegexOptions.Multiline)]
    private static partial Regex Listing();

    [GeneratedRegex(@"(\[|\btest\b)[^\n]*[ \t]-x[ \t]")]
    private static partial Regex ExecuteTest();

    [GeneratedRegex(@"\beval\b|\$\{!|\b(declare|typeset|local)[ \t]+-[A-Za-z]*n\b")]
    private static partial Regex Composition();
}
