using System.Collections.Concurrent;
using System.Text;
using IceCream.Digests;
using IceCream.Platform;

namespace IceCream.Toolchains.Wrappers;

/// <summary>The words in a wrapper's file, and those learned about it, which may be names of variables: everything that it can query.</summary>
internal sealed class WrapperWords
{
    /// <summary>The maximum size of a wrapper program. Compilers are larger, and report their variables themselves.</summary>
    private const long LargestProgram = 16 << 20;

    /// <summary>The shortest name that is searched in a program's bytes: shorter ones occur by chance.</summary>
    private const int ShortestPart = 4;

    private readonly HashSet<string> _words;
    private readonly bool _composes;
    private readonly string _program;
    private readonly ConcurrentDictionary<string, bool> _named = new(StringComparer.Ordinal);

    private WrapperWords(FileIdentity identity, Script? script, LearntWords? learnt, string program)
    {
        Identity = identity;
        Learnt = learnt;
        IsWrapper = script is not null || learnt is not null;
        _program = program;
        _words = [.. WrapperText.Words(script?.Text ?? program), .. learnt?.Words ?? []];
        _composes = learnt?.Composes == true || (script is not null && WrapperText.ComposesNames(script.Text));
    }

    public FileIdentity Identity { get; }

    /// <summary>The learned words at the time of reading; null when there were none.</summary>
    public LearntWords? Learnt { get; }

    public bool IsWrapper { get; }

    /// <summary>Reads a file: a script, or a program that is already known to be a wrapper.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static WrapperWords Read(string path, FileIdentity identity, LearntWords? learnt)
    {
        Script? script = Script.Read(path);
        bool isProgram = script is null && learnt is not null && Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.Length <= LargestProgram;
        return new WrapperWords(identity, script, learnt, isProgram ? Encoding.Latin1.GetString(Linux.ReadAllBytes(path)) : "");
    }

    /// <summary>Whether a variable is named. Programs may contain their texts without separators.</summary>
    public bool Name(string name) => _named.GetOrAdd(name, static (text, own) =>
        WrapperText.Obeys(text, own._words, own._composes) || (text.Length >= ShortestPart && own._program.Contains(text, StringComparison.Ordinal)), this);
}
