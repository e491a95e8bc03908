using System.Text;

namespace IceCream.Launcher;

/// <summary>Words as the kernel holds them: zero-terminated bytes. As framework strings, different words that are not UTF-8 may be equal.</summary>
/// <param name="bytes">The words, each with its terminating zero.</param>
internal sealed class RawWords(byte[] bytes)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<int> _starts = Starts(bytes);

    public int Count => _starts.Count;

    /// <summary>All bytes, including the zeros.</summary>
    public byte[] Bytes => bytes;

    /// <summary>A word without its terminating zero.</summary>
    public ReadOnlySpan<byte> this[int index] =>
        bytes.AsSpan(_starts[index], (index + 1 < Count ? _starts[index + 1] : bytes.Length) - _starts[index] - 1);

    /// <summary>Reads a file of <c>/proc/self</c>; returns no words if it cannot be read.</summary>
    public static unsafe RawWords Read(string path)
    {
        int descriptor = Libc.Open(path, Libc.ReadOnly | Libc.CloseOnExec, 0);
        if (descriptor < 0)
        {
            return new([]);
        }

        var bytes = new byte[16 << 10];
        int length = 0;
        while (true)
        {
            nint count;
            fixed (byte* start = bytes)
            {
                count = Libc.Read(descriptor, start + length, (nuint)(bytes.Length - length));
            }

            if (count <= 0)
            {
                break;
            }

            length += (int)count;
            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, 2 * length);
            }
        }

        _ = Libc.Close(descriptor);
        return new(bytes[..length]);
    }

    public static RawWords From(IEnumerable<string> words)
    {
        var bytes = new List<byte>();
        foreach (string word in words)
        {
            bytes.AddRange(Encoding.UTF8.GetBytes(word));
            bytes.Add(0);
        }

        return new([.. bytes]);
    }

    /// <summary>A word as text; null if it is not UTF-8 and therefore cannot be sent to an agent.</summary>
    public string? Text(int index)
    {
        try
        {
            return Strict.GetString(this[index]);
        }
        catch (DecoderFallbackException)
        {
            // Not an error: such words exist, and a compiler may well accept them.
            return null;
        }
    }

    /// <summary>The offset of a word in <see cref="Bytes"/>.</summary>
    public int Start(int index) => _starts[index];

    private static List<int> Starts(byte[] bytes)
    {
        var starts = new List<int>();
        for (int start = 0; start < bytes.Length;)
        {
            int end = bytes.AsSpan(start).IndexOf((byte)0);
            if (end < 0)
            {
                throw new ArgumentException("The last word does not end.", nameof(bytes));
            }

            starts.Add(start);
            start += end + 1;
        }

        return starts;
    }
}
