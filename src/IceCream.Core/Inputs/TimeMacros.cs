using System.Buffers;
using System.Text;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Preprocessing;

namespace IceCream.Inputs;

/// <summary>Searches for the macros that expand to the time of the compile, or to that of a file.</summary>
internal static class TimeMacros
{
    /// <summary>The macro of a file's own time.</summary>
    private static ReadOnlySpan<byte> OwnTime => "__TIMESTAMP__"u8;

    /// <summary>Whether one of those of the compile's time occurs in the arguments or in a file. This reads all files.</summary>
    public static bool AreNamed(IEnumerable<string> words, IEnumerable<TreeFile> files) =>
        words.Any(static word => word.Contains("__DATE__", StringComparison.Ordinal) || word.Contains("__TIME__", StringComparison.Ordinal))
        || files.Any(static file => AreNamed(file.Path));

    /// <summary>
    /// Whether words of the arguments and of the files, none of which is the name itself, can be pasted together to <c>__TIMESTAMP__</c>. This reads all
    /// files.
    /// </summary>
    public static bool MayPasteOwnTime(IEnumerable<string> arguments, IEnumerable<TreeFile> files)
    {
        var parts = new HashSet<string>(StringComparer.Ordinal);
        bool pastes = false;
        foreach (string argument in arguments)
        {
            // A traditional preprocessor pastes what a comment separates.
            pastes |= AddParts(Encoding.UTF8.GetBytes(argument), parts) || argument.StartsWith("-traditional", StringComparison.Ordinal);
        }

        foreach (TreeFile file in files)
        {
            try
            {
                pastes |= AddParts(Linux.ReadAllBytes(file.Path), parts);
            }
            catch (IOException)
            {
                // The file was removed after it was sent: what it held is not known any more.
                return true;
            }
        }

        return pastes && IsMadeOf(parts);
    }

    private static bool AreNamed(string path)
    {
        try
        {
            ReadOnlySpan<byte> text = Linux.ReadAllBytes(path);
            return text.IndexOf("__DATE__"u8) >= 0 || text.IndexOf("__TIME__"u8) >= 0;
        }
        catch (IOException)
        {
            // The file was removed after it was sent. Reporting no macro is safe: the job then runs here.
            return false;
        }
    }

    /// <summary>Adds the words of a text that are parts of the name.</summary>
    /// <returns>Whether the text pastes words.</returns>
    private static bool AddParts(ReadOnlySpan<byte> source, HashSet<string> parts)
    {
        ReadOnlySpan<byte> text = SourceBytes.JoinLines(source, out byte[]? joined);
        try
        {
            for (int at = 0; text[at..].IndexOfAny(SourceBytes.Word) is >= 0 and int skip;)
            {
                at += skip;
                int length = text[at..].IndexOfAnyExcept(SourceBytes.Word) is >= 0 and int end ? end : text.Length - at;
                ReadOnlySpan<byte> word = text.Slice(at, length);
                at += length;
                if (length < OwnTime.Length && OwnTime.IndexOf(word) >= 0)
                {
                    parts.Add(Encoding.ASCII.GetString(word));
                }
            }

            // Trigraphs paste too: one is a number sign, and one is the backslash that joins a word's halves on two lines.
            return text.IndexOf("##"u8) >= 0 || text.IndexOf("%:%:"u8) >= 0 || text.IndexOf("??="u8) >= 0 || text.IndexOf("??/"u8) >= 0;
        }
        finally
        {
            if (joined is not null)
            {
                ArrayPool<byte>.Shared.Return(joined);
            }
        }
    }

    /// <summary>Whether the name is a row of some of the parts.</summary>
    private static bool IsMadeOf(HashSet<string> parts)
    {
        string whole = Encoding.ASCII.GetString(OwnTime);
        bool[] reached = new bool[whole.Length + 1];
        reached[0] = true;
        for (int at = 0; at < whole.Length; at++)
        {
            foreach (string part in parts)
            {
                if (reached[at] && whole.AsSpan(at).StartsWith(part))
                {
                    reached[at + part.Length] = true;
                }
            }
        }

        return reached[^1];
    }
}
