using System.Collections.Immutable;
using System.Text;

namespace IceCream.Toolchains;

/// <summary>The command line with which a driver starts the compiler proper, as <c>-###</c> prints it.</summary>
/// <param name="Words">Its words without the program's name.</param>
internal sealed record CompilerProper(ImmutableArray<string> Words)
{
    private const string Parameter = "--param", Feature = "-target-feature", Processor = "-target-cpu", Tuning = "-tune-cpu";

    /// <summary>Extracts it from a report; null when there is none.</summary>
    public static CompilerProper? Read(string report)
    {
        foreach (string line in report.Split('\n').Where(static line => line.StartsWith(' ')))
        {
            ImmutableArray<string> words = Split(line);
            if (words.Length > 1 && (words[1] == "-cc1" || Path.GetFileName(words[0]) is "cc1" or "cc1plus"))
            {
                return new CompilerProper(words[1..]);
            }
        }

        return null;
    }

    /// <summary>
    /// Candidates of driver flags that may produce the difference between this command line and another one, the shortest first; the driver must
    /// confirm them. The first candidate omits what both contain. That can be needed all the same: for Clang an unknown processor is the common one,
    /// and naming it at all removes the common tuning; GCC tunes for a named processor unless it is told to use the common tuning.
    /// </summary>
    /// <param name="plain">The command line without the flags that are to be spelled out.</param>
    /// <param name="flags">Those flags, among others: they show which processor flag was used.</param>
    public IEnumerable<ImmutableArray<string>> Spellings(CompilerProper plain, ImmutableArray<string> flags)
    {
        var known = plain.Pairs().ToHashSet();
        yield return SpellOut(Pairs().Where(pair => !known.Contains(pair)), flags);
        yield return SpellOut(Pairs().Where(pair => !known.Contains(pair) || IsNameOfProcessor(pair.Word)), flags);
    }

    private static bool IsNameOfProcessor(string word) =>
        word is Processor or Tuning || word.StartsWith("-march=", StringComparison.Ordinal) || word.StartsWith("-mtune=", StringComparison.Ordinal);

    private static ImmutableArray<string> SpellOut(IEnumerable<(string Word, string? Value)> pairs, ImmutableArray<string> flags)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        foreach ((string word, string? value) in pairs)
        {
            words.AddRange(word switch
            {
                Parameter => [Parameter, value!],
                Feature => ["-Xclang", Feature, "-Xclang", value!],
                Processor => [(flags.Contains("-mcpu=native") ? "-mcpu=" : "-march=") + value],
                Tuning => ["-mtune=" + value],
                _ when word.StartsWith("-m", StringComparison.Ordinal) => [word],
                _ => Array.Empty<string>(),
            });
        }

        return words.ToImmutable();
    }

    /// <summary>Whether both generate the same code: they have the same words, and those that override one another are in the same order.</summary>
    public bool MeansTheSameAs(CompilerProper other) =>
        Pairs().Order().SequenceEqual(other.Pairs().Order())
        && Ordered(static word => word.StartsWith("-m", StringComparison.Ordinal)).SequenceEqual(other.Ordered(static word => word.StartsWith("-m", StringComparison.Ordinal)))
        && Ordered(static word => word == Parameter).SequenceEqual(other.Ordered(static word => word == Parameter))
        && Ordered(static word => word == Feature).SequenceEqual(other.Ordered(static word => word == Feature));

    private IEnumerable<(string Word, string? Value)> Ordered(Func<string, bool> chosen) => Pairs().Where(pair => chosen(pair.Word));

    private IEnumerable<(string Word, string? Value)> Pairs()
    {
        for (int i = 0; i < Words.Length; i++)
        {
            // A parameter from the command line is one word; one that the driver determines is two words.
            yield return Words[i].StartsWith(Parameter + "=", StringComparison.Ordinal) ? (Parameter, Words[i][(Parameter.Length + 1)..])
                : Words[i] is Parameter or Feature or Processor or Tuning && i + 1 < Words.Length ? (Words[i], Words[++i]) : (Words[i], null);
        }
    }

    /// <summary>Splits a line. Drivers quote words as a shell requires, with a backslash before a quote or a backslash.</summary>
    private static ImmutableArray<string> Split(string line)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        var word = new StringBuilder();
        bool isQuoted = false, isWord = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '"')
            {
                isQuoted = !isQuoted;
                isWord = true;
            }
            else if (c is ' ' or '\r' && !isQuoted)
            {
                if (isWord)
                {
                    words.Add(word.ToString());
                }

                word.Clear();
                isWord = false;
            }
            else
            {
                word.Append(c == '\\' && i + 1 < line.Length ? line[++i] : c);
                isWord = true;
            }
        }

        if (isWord)
        {
            words.Add(word.ToString());
        }

        return words.ToImmutable();
    }
}
