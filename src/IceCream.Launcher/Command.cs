using System.Text;
using IceCream.CommandLine;
using IceCream.Platform;
using IceCream.Toolchains;

namespace IceCream.Launcher;

/// <summary>The command to run: the words of this process's own command line from one of them on.</summary>
/// <param name="Words">All words.</param>
/// <param name="First">The index of the word that names the program.</param>
/// <param name="IsMasquerade">Whether that word leads to a launcher: it is this process's argv[0], or the path of a link to a launcher.</param>
internal sealed record Command(RawWords Words, int First, bool IsMasquerade)
{
    private const string DefaultPath = "/bin:/usr/bin";

    /// <summary>Finds the command in this process's command line.</summary>
    /// <returns>Null if there is none: the words are the launcher's own options, or there are none.</returns>
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

    /// <summary>Whether the program is given by a path, so that PATH is not searched.</summary>
    public bool IsPath => !IsMasquerade && Words[First].Contains((byte)'/');

    /// <summary>Whether the first word is a path to a launcher: it must not become the compiler's argv[0], relative to which the compiler looks for its parts.</summary>
    public bool IsForeignPath => IsMasquerade && Words[First].Contains((byte)'/');

    /// <summary>Whether the program is a compiler, judged by its name.</summary>
    public bool IsCompiler => CompilerNames.IsCompiler(Name);

    /// <summary>Whether the command compiles without linking, so that a farm may do it; a response file may hold the flag that says so.</summary>
    public bool Compiles
    {
        get
        {
            for (int i = First + 1; i < Words.Count; i++)
            {
                ReadOnlySpan<byte> word = Words[i];
                if (word.SequenceEqual("-c"u8) || word.SequenceEqual("-S"u8) || word.SequenceEqual("--compile"u8) || word.SequenceEqual("--assemble"u8) || word.StartsWith("@"u8))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether the command is a probe of a build system (standard input, <c>/dev/null</c>, <c>conftest.*</c>): its result is needed at once and here.</summary>
    public bool IsProbe
    {
        get
        {
            for (int i = First + 1; i < Words.Count; i++)
            {
                ReadOnlySpan<byte> word = Words[i];
                if (word.SequenceEqual("-"u8) || word.SequenceEqual("/dev/null"u8) || NameOf(word).StartsWith("conftest.", StringComparison.Ordinal))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The absolute path of the program; wrappers that come before it on the search path are skipped.</summary>
    /// <param name="path">The search path; null for the system's.</param>
    /// <param name="workingDirectory">The base of relative paths.</param>
    /// <param name="self">The launcher's own file.</param>
    /// <returns>Null if no compiler is found: the program is missing, or it is another wrapper, which finds compilers by its own rules.</returns>
    public string? Locate(string? path, string workingDirectory, string self)
    {
        // The folder of a masquerade is not where the compiler is searched, so it may be no UTF-8.
        if ((IsPath ? Words.Text(First) : Name) is not { } word || CompilerNames.IsWrapper(word))
        {
            return null;
        }

        // A path to a missing file is an error; a compiler of that name elsewhere must not hide it.
        if (IsPath && Linux.Stat(Path.Combine(workingDirectory, word), followLinks: true, out _) != 0)
        {
            return null;
        }

        return CompilerLocator.Find(word, path ?? DefaultPath, workingDirectory, new HashSet<string>(StringComparer.Ordinal) { self }, ProcessState.OwnFile());
    }

    /// <summary>Whether the typed name resolves to a program, so that the program finds its parts by that name as argv[0].</summary>
    /// <param name="program">The program, as <see cref="Locate"/> found it.</param>
    /// <param name="path">The search path; null for the system's.</param>
    public bool Names(string program, string? path) => IsPath
        || (Words.Text(First) is { } word && !word.Contains('/', StringComparison.Ordinal)
            && CompilerLocator.IsFirst(program, word, path ?? DefaultPath, ProcessState.WorkingDirectory() ?? ProcessState.NamelessDirectory));

    /// <summary>The start of the command line, for messages.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Encoding.UTF8.GetString(Words[First]));
        for (int i = First + 1; i < Words.Count && text.Length < 200; i++)
        {
            text.Append(' ').Append(Encoding.UTF8.GetString(Words[i]));
        }

        return text.ToString();
    }

    /// <summary>Whether a path leads to a wrapper under a compiler's name. A wrapper under its own name is a program like any other.</summary>
    private static bool LeadsToWrapper(string? word)
    {
        if (word is null || !word.Contains('/', StringComparison.Ordinal) || CompilerNames.IsWrapper(word))
        {
            return false;
        }

        string path = Path.Combine(ProcessState.WorkingDirectory() ?? ProcessState.NamelessDirectory, word);
        return CompilerLocator.IsWrapper(path) || CompilerLocator.LeadsTo(path, ProcessState.OwnFile());
    }

    private static string NameOf(ReadOnlySpan<byte> word) => Encoding.UTF8.GetString(word[(word.LastIndexOf((byte)'/') + 1)..]);
}
