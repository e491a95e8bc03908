namespace IceCream.Launcher;

/// <summary>
/// The source lines that GCC shows below its messages. On a terminal it shifts or cuts a line that is wider than the terminal. A worker has no terminal
/// that could be asked for its width.
/// </summary>
internal static class SourceExcerpts
{
    private const byte Escape = 0x1B;

    /// <summary>Whether a source line in the messages may be wider than a terminal. It counts bytes, and no line has fewer bytes than columns.</summary>
    /// <param name="messages">What the compiler wrote.</param>
    /// <param name="columns">The terminal's width.</param>
    public static bool AreWiderThan(ReadOnlySpan<byte> messages, int columns)
    {
        while (!messages.IsEmpty)
        {
            int end = messages.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? messages : messages[..end];

            // GCC leaves the last column free.
            if (line.Length >= columns - 1 && IsExcerpt(line) && Shown(line) >= columns - 1)
            {
                return true;
            }

            messages = messages[(end < 0 ? messages.Length : end + 1)..];
        }

        return false;
    }

    /// <summary>
    /// Whether a line may be an excerpt: GCC begins those with a space, or with a line number and a bar. Any other line that begins with a digit begins with the
    /// path of a file. It begins one other line with spaces: the one that tells through which file a header was included.
    /// </summary>
    private static bool IsExcerpt(ReadOnlySpan<byte> line) =>
        line is [(byte)' ', ..] ? !line.TrimStart((byte)' ').StartsWith("from "u8)
        : line.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is > 0 and int digits && line[digits..].StartsWith(" |"u8);

    /// <summary>How many bytes of a line a terminal shows: all but the sequences that set colours, which are ESC, a bracket, numbers and a letter.</summary>
    private static int Shown(ReadOnlySpan<byte> line)
    {
        int shown = 0;
        while (line.IndexOf(Escape) is >= 0 and int before)
        {
            shown += before;
            line = line[(before + 1)..];
            if (line is [(byte)'[', ..])
            {
                int letter = 1;
                while (letter < line.Length && line[letter] is (>= (byte)'0' and <= (byte)'9') or (byte)';')
                {
                    letter++;
                }

                line = letter < line.Length ? line[(letter + 1)..] : [];
            }
        }

        return shown + line.Length;
    }
}
