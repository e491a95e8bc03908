using System.Text;
using IceCream.Platform;

namespace IceCream.Toolchains.Wrappers;

/// <summary>A script: the kernel starts the interpreter that its first line names.</summary>
/// <param name="Interpreter">The interpreter, as the line spells it.</param>
/// <param name="Argument">The rest of the line; empty when there is none.</param>
/// <param name="Text">Everything after the first line.</param>
internal sealed record Script(string Interpreter, string Argument, string Text)
{
    /// <summary>The maximum length: longer scripts are not compiler wrappers.</summary>
    private const int Longest = 1 << 20;

    private static readonly string[] Shells = ["sh", "ash", "bash", "dash", "ksh", "mksh", "busybox"];

    /// <summary>The name of the interpreter; for <c>env</c>, of the program that it starts.</summary>
    public string InterpreterName
    {
        get
        {
            string name = NameOf(Interpreter);
            return name is not "env" ? name : NameOf(Argument.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
                .FirstOrDefault(static word => !word.StartsWith('-') && !word.Contains('=', StringComparison.Ordinal)) ?? "env");
        }
    }

    /// <summary>Whether the interpreter is a shell.</summary>
    public bool IsForShell => Shells.Contains(InterpreterName, StringComparer.Ordinal);

    /// <summary>Reads a script.</summary>
    /// <returns>Null when the file is not a script.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Script? Read(string path)
    {
        if (Linux.Stat(path, followLinks: true, out FileStatus status) != 0 || !status.IsRegular || status.Length is < 3 or > Longest || !HasMark(path))
        {
            return null;
        }

        // Bytes that are not UTF-8 occur only in words that are irrelevant here.
        string text = Encoding.UTF8.GetString(Linux.ReadAllBytes(path));
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        string[] words = (end < 0 ? text : text[..end])[2..].Trim(' ', '\t').Split((char[])[' ', '\t'], 2);
        return words[0].Length == 0 ? null : new Script(words[0], words.Length > 1 ? words[1].Trim() : "", end < 0 ? "" : text[(end + 1)..]);
    }

    private static bool HasMark(string path)
    {
        using var file = Linux.OpenRead(path);
        Span<byte> mark = stackalloc byte[2];
        return Linux.Read(file, mark) == mark.Length && mark.SequenceEqual("#!"u8);
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
