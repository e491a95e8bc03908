using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using IceCream.CommandLine;
using IceCream.Jobs;

namespace IceCream.Toolchains;

/// <summary>
/// Reasons why compiles with a compiler stay on its machine whatever their command lines say: it generates code for the machine's own processor, or
/// its specs query something that no worker knows. All functions are pure.
/// </summary>
internal static partial class MachineBinding
{
    /// <summary>The variable of the temporary folder, which a worker replaces.</summary>
    private const string TemporaryFolder = "TMPDIR";

    /// <summary>The flag after it is for the host alone: in a command that compiles for nothing else it counts as if it stood there by itself.</summary>
    private const string ForHost = "-Xarch_host";

    /// <summary>Whether a path has the name of a file with flags that a driver reads without being told to: Clang's configuration, or GCC's specs.</summary>
    public static bool IsForDriver(CompilerFamily family, string path) =>
        path.EndsWith(family == CompilerFamily.Clang ? ".cfg" : "/specs", StringComparison.Ordinal);

    /// <summary>The reason in a GCC's own report; null when there is none.</summary>
    /// <param name="report">The output of <c>-v</c>: the configuration of the compiler, and its flags as completed by the specs.</param>
    public static string? OfReport(string report)
    {
        foreach (string line in CompilerReport.Labelled(report, "Configured with:"))
        {
            if (ConfiguredNative().Match(line) is { Success: true } found)
            {
                return $"is configured with {found.Value}";
            }
        }

        foreach (string line in CompilerReport.Labelled(report, "COLLECT_GCC_OPTIONS="))
        {
            if (NativeFlag().Match(line) is { Success: true } found)
            {
                return $"adds {found.Value} by itself";
            }
        }

        return null;
    }

    /// <summary>The reason in a GCC specs file; null when there is none.</summary>
    public static string? OfSpecs(string specs)
    {
        string text = WithoutComments(specs);
        if (NativeFlag().Match(text) is { Success: true } flag)
        {
            return $"adds {flag.Value}";
        }

        // The compiler's own specs query the processor only where the command line says so, and such a command stays anyway.
        if (DetectsProcessor(text))
        {
            return "asks for this machine's processor";
        }

        foreach (Match read in ReadVariable().Matches(text))
        {
            string name = read.Groups[1].Value;
            if (name == TemporaryFolder || CompilerVariables.Find(Encoding.UTF8.GetBytes(name)) is not { Effect: VariableEffect.Travels })
            {
                return $"reads the variable {name}, which does not travel";
            }
        }

        return null;
    }

    /// <summary>The reason in a Clang configuration file; null when there is none.</summary>
    public static string? OfConfiguration(string text)
    {
        List<string> words = Words(text);
        return words.Select(static word => NativeFlag().Match(word)).FirstOrDefault(static found => found.Success) is { } flag ? $"adds {flag.Value}"
            : AddedFlags.FirstBinding(words.Where(static word => word != ForHost), CompilerFamily.Clang) is { } added ? $"adds {added}"
            : null;
    }

    /// <summary>The first flag in a text that selects this machine's processor; null when there is none.</summary>
    public static string? OfFlags(string text) => NativeFlag().Match(text) is { Success: true } flag ? flag.Value : null;

    /// <summary>The files that a Clang configuration file includes, as spelled.</summary>
    public static ImmutableArray<string> FilesOf(string configuration) => [.. Words(configuration).Where(static word => word.Length > 1 && word[0] == '@').Select(static word => word[1..])];

    /// <summary>
    /// The words of a Clang configuration file, split as Clang does it: a comment takes a whole line, and ends with it even after a backslash; any other
    /// line goes on after a backslash. Quotes and backslashes are removed.
    /// </summary>
    private static List<string> Words(string configuration)
    {
        string text = configuration.Replace("\r\n", "\n", StringComparison.Ordinal);
        var words = new List<string>();
        var word = new StringBuilder();
        bool isWord = false, beginsLine = true;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '#' && beginsLine)
            {
                int end = text.IndexOf('\n', i);
                i = end < 0 ? text.Length : end;
            }
            else if (c == '\\' && i + 1 < text.Length)
            {
                beginsLine = false;
                i++;
                if (text[i] != '\n')
                {
                    word.Append(text[i]);
                    isWord = true;
                }
            }
            else if (c == '\n' || (quote == '\0' && c is ' ' or '\t' or '\r' or '\v' or '\f' or '\0'))
            {
                EndWord();
                if (c == '\n')
                {
                    quote = '\0';
                    beginsLine = true;
                }
            }
            else
            {
                beginsLine = false;
                isWord = true;
                if (c == quote)
                {
                    quote = '\0';
                }
                else if (quote == '\0' && c is '"' or '\'')
                {
                    quote = c;
                }
                else
                {
                    word.Append(c);
                }
            }
        }

        EndWord();
        return words;

        void EndWord()
        {
            if (isWord)
            {
                words.Add(word.ToString());
            }

            word.Clear();
            isWord = false;
        }
    }

    /// <summary>
    /// Removes comments by GCC's rules: a comment extends to the end of its line, even after a backslash; any other line that ends with a backslash
    /// continues.
    /// </summary>
    private static string WithoutComments(string specs) => CommentOrSplice().Replace(specs, "");

    private static bool DetectsProcessor(string text)
    {
        int depth = 0, guarded = int.MaxValue;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '{')
            {
                depth++;
                guarded = guarded == int.MaxValue && NativeCondition().IsMatch(text.AsSpan(i)) ? depth : guarded;
            }
            else if (text[i] == '}')
            {
                guarded = depth == guarded ? int.MaxValue : guarded;
                depth--;
            }
            else if (guarded == int.MaxValue && text.AsSpan(i).StartsWith("%:local_cpu_detect("))
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(@"--with-(arch|cpu|tune)(-\d+)?=native(?![\w-])")]
    private static partial Regex ConfiguredNative();

    [GeneratedRegex(@"-m(arch|cpu|tune)=native(?![\w-])")]
    private static partial Regex NativeFlag();

    [GeneratedRegex(@"^\{m(arch|cpu|tune)=native(\|m(arch|cpu|tune)=native)*:")]
    private static partial Regex NativeCondition();

    [GeneratedRegex(@"%:getenv\(\s*([^\s)]+)")]
    private static partial Regex ReadVariable();

    [GeneratedRegex(@"\\\n|#[^\n]*")]
    private static partial Regex CommentOrSplice();
}
