using System.Text;
using IceCream.CommandLine;
using IceCream.Platform;
using IceCream.Toolchains;

namespace IceCream.Launcher;

/// <summary>What is to be run: words of this process's own command line, from one of them on.</summary>
/// <param name="Words">All words.</param>
/// <param name="First">The one that names the program.</param>
/// <param name="IsMasquerade">Whether that word leads to a launcher: this one was called by it, or it is the path of a link to one.</param>
internal sealed record Command(RawWords Words, int First, bool IsMasquerade)
{
    private const string DefaultPath = "/bin:/usr/bin";

    /// <summary>Finds the command in the words that this process was started with.</summary>
    /// <returns>Null when there is none: the words are the launcher's own options, or nothing.</returns>
    public static Command? Of(RawWords words)
    {
        if (words.Count == 0)
        {
            return null;
        }

        if (!CompilerNames.IsWrapper(NameOf(words[0])))
        {
            return new(words, 0, IsMasquerade: true);
        }

        int first = 1;
        while (first < words.Count && NameOf(words[first]) == "icelaunch")
        {
            first++;
        }

        return first < words.Count && !words[first].StartsWith("-"u8) ? new(words, first, LeadsToWrapper(words.Text(first))) : null;
    }

    /// <summary>The program's name, without its folder.</summary>
    public string Name => NameOf(Words[First]);

    /// <summary>Whether it is named by a path, which search paths have no say in.</summary>
    public bool IsPath => !IsMasquerade && Words[First].Contains((byte)'/');

    /// <summary>Whether its first word is a path that means nothing to a compiler, which looks for its parts beside what it was called by.</summary>
    public bool IsForeignPath => IsMasquerade && Words[First].Contains((byte)'/');

    /// <summary>Whether it is a compiler by its name.</summary>
    public bool IsCompiler => CompilerNames.IsCompiler(Name);

    /// <summary>
    /// Whether it looks like a compile that a farm could do. What build systems ask of compilers is none: its answer, or the object of nothing, is wanted at
    /// once and here.
    /// </summary>
    public bool MayLeave
    {
        get
        {
            bool compiles = false;
            for (int i = First + 1; i < Words.Count; i++)
            {
                ReadOnlySpan<byte> word = Words[i];
                if (word.SequenceEqual("-"u8) || word.SequenceEqual("/dev/null"u8) || NameOf(word).StartsWith("conftest.", StringComparison.Ordinal))
                {
                    return false;
                }

                compiles |= word.SequenceEqual("-c"u8) || word.SequenceEqual("-S"u8) || word.StartsWith("@"u8);
            }

            return compiles;
        }
    }

    /// <summary>The absolute path of the program, behind the wrappers that stand in front of it on the search path.</summary>
    /// <param name="path">The search path; null for the system's.</param>
    /// <param name="workingDirectory">What relative paths start at.</param>
    /// <param name="self">The launcher's own file.</param>
    /// <returns>Null when there is none that is a compiler's: it may be missing, or another wrapper, which finds compilers by its own rules.</returns>
    public string? Locate(string? path, string workingDirectory, string self)
    {
        if (Words.Text(First) is not { } word || CompilerNames.IsWrapper(word))
        {
            return null;
        }

        // A path that leads nowhere is an error, which a compiler of that name elsewhere must not cover up.
        if (IsPath && Linux.Stat(Path.Combine(workingDirectory, word), followLinks: true, out _) != 0)
        {
            return null;
        }

        return CompilerLocator.Find(IsPath ? word : Name, path ?? DefaultPath, workingDirectory, new HashSet<string>(StringComparer.Ordinal) { self });
    }

    /// <summary>Whether the typed name leads whoever looks for it to a program, so that the program finds its parts by that name.</summary>
    /// <param name="program">The program, as <see cref="Locate"/> found it.</param>
    /// <param name="path">The search path; null for the system's.</param>
    public bool Names(string program, string? path) => IsPath
        || (Words.Text(First) is { } word && !word.Contains('/', StringComparison.Ordinal)
            && CompilerLocator.IsFirst(program, word, path ?? DefaultPath, ProcessState.WorkingDirectory() ?? ProcessState.NamelessDirectory));

    /// <summary>The command for people: its first words.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Encoding.UTF8.GetString(Words[First]));
        for (int i = First + 1; i < Words.Count && text.Length < 200; i++)
        {
            text.Append(' ').Append(Encoding.UTF8.GetString(Words[i]));
        }

        return text.ToString();
    }

    private static bool LeadsToWrapper(string? word) =>
        word is not null && word.Contains('/', StringComparison.Ordinal)
        && CompilerLocator.IsWrapper(word[0] == '/' ? word : Path.Combine(ProcessState.WorkingDirectory() ?? ProcessState.NamelessDirectory, word));

    private static string NameOf(ReadOnlySpan<byte> word) => Encoding.UTF8.GetString(word[(word.LastIndexOf((byte)'/') + 1)..]);
}
