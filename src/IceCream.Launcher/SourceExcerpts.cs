namespace IceCream.Launcher;

/// <summary>
/// The source lines that GCC shows below its messages. On a terminal it shifts or cuts a line that is wider than the terminal. A worker has no terminal
/// that could be asked for its width.
/// </summary>
internal static class SourceExcerpts
{
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
            if (line.Length >= columns - 1 && IsExcerpt(line))
            {
                return true;
            }

            messages = messages[(end < 0 ? messages.Length : end + 1)..];
        }

        return false;
    }

    /// <summary>
    /// Whether a line may be an excerpt: GCC begins those with a space or a line number. It begins one other line with spaces: the one that tells through
    /// which file a header was included.
    /// </summary>
    private static bool IsExcerpt(ReadOnlySpan<byte> line) =>
        line is [(byte)' ' or (>= (byte)'0' and <= (byte)'9'), ..] && !line.TrimStart((byte)' ').StartsWith("from "u8);
}
