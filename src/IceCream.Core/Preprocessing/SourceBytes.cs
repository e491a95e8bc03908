using System.Buffers;

namespace IceCream.Preprocessing;

/// <summary>The bytes of C sources by class, and the first phases of translation.</summary>
internal static class SourceBytes
{
    /// <summary>The bytes of identifiers. All bytes beyond ASCII count.</summary>
    public static readonly SearchValues<byte> Word = SearchValues.Create(
        [.. "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$"u8, .. Enumerable.Range(128, 128).Select(static b => (byte)b)]);

    private static readonly bool[] _isWord = [.. Enumerable.Range(0, 256).Select(static b => Word.Contains((byte)b))];

    /// <summary>Whether a byte can be part of an identifier.</summary>
    public static bool IsWord(byte b) => _isWord[b];

    /// <summary>Whether the byte separates words without ending the line. Null bytes count, because compilers ignore them.</summary>
    public static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\v' or (byte)'\f' or 0;

    public static bool IsLineEnd(byte b) => b is (byte)'\n' or (byte)'\r';

    /// <summary>
    /// Joins lines that end in a backslash, even with blanks after it. Lines within raw strings are joined too, although compilers keep them apart: this can
    /// neither hide nor create a directive, because the line that follows is within the string.
    /// </summary>
    /// <param name="text">A source.</param>
    /// <param name="joined">The rented array of the result, which the caller returns to the pool; null when no line was joined.</param>
    public static ReadOnlySpan<byte> JoinLines(ReadOnlySpan<byte> text, out byte[]? joined)
    {
        int from = 0;
        joined = null;
        int length = 0;
        int at = 0;
        while (text[at..].IndexOf((byte)'\\') is >= 0 and int skip)
        {
            at += skip;
            int end = at + 1;
            while (end < text.Length && IsBlank(text[end]))
            {
                end++;
            }

            if (end == text.Length || !IsLineEnd(text[end]))
            {
                at++;
                continue;
            }

            joined ??= ArrayPool<byte>.Shared.Rent(text.Length);
            text[from..at].CopyTo(joined.AsSpan(length));
            length += at - from;
            at = end + (text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1);
            from = at;
        }

        if (joined is null)
        {
            return text;
        }

        text[from..].CopyTo(joined.AsSpan(length));
        return joined.AsSpan(0, length + text.Length - from);
    }
}
