using System.Collections.Concurrent;
using System.Text;
using IceCream.Digests;
using IceCream.Platform;

namespace IceCream.Toolchains.Wrappers;

/// <summary>The words in the file of a wrapper, and those that were learnt of it, which may be names of variables: all that it can ask for.</summary>
internal sealed class WrapperWords
{
    /// <summary>Compilers are larger, and say by themselves what they ask for.</summary>
    private const long LargestProgram = 16 << 20;

    /// <summary>In a program's bytes shorter names are found by chance.</summary>
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

    /// <summary>The file that was read.</summary>
    public FileIdentity Identity { get; }

    /// <summary>What was learnt when it was read; null when nothing was.</summary>
    public LearntWords? Learnt { get; }

    /// <summary>Whether it is known for a wrapper.</summary>
    public bool IsWrapper { get; }

    /// <summary>Reads a file: a script, or a program of which it is known already that it is a wrapper.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static WrapperWords Read(string path, FileIdentity identity, LearntWords? learnt)
    {
        Script? script = Script.Read(path);
        bool isProgram = script is null && learnt is not null && Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.Length <= LargestProgram;
        return new WrapperWords(identity, script, learnt, isProgram ? Encoding.Latin1.GetString(Linux.ReadAllBytes(path)) : "");
    }

    /// <summary>Whether a variable is named. Programs may hold their texts with nothing between them.</summary>
    public bool Name(string name) => _named.GetOrAdd(name, static (text, own) =>
        WrapperText.Obeys(text, own._words, own._composes) || (text.Length >= ShortestPart && own._program.Contains(text, StringComparison.Ordinal)), this);
}
