using System.Text;

namespace IceCream.Launcher;

/// <summary>Words as the kernel holds them: bytes that end in a zero. Strings of the framework cannot tell all of them apart.</summary>
/// <param name="bytes">The words, each with its zero.</param>
internal sealed class RawWords(byte[] bytes)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<int> _starts = Starts(bytes);

    /// <summary>How many words there are.</summary>
    public int Count => _starts.Count;

    /// <summary>All of the bytes.</summary>
    public byte[] Bytes => bytes;

    /// <summary>A word, without its zero.</summary>
    public ReadOnlySpan<byte> this[int index] =>
        bytes.AsSpan(_starts[index], (index + 1 < Count ? _starts[index + 1] : bytes.Length) - _starts[index] - 1);

    /// <summary>What a file of <c>/proc/self</c> holds; no words when it cannot be read.</summary>
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

    /// <summary>Words from strings.</summary>
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

    /// <summary>A word as text; null when it is not UTF-8, and so cannot be told to an agent.</summary>
    public string? Text(int index)
    {
        try
        {
            return Strict.GetString(this[index]);
        }
        catch (DecoderFallbackException)
        {
            // That is the answer: such words exist, and a compiler may well know what to do with them.
            return null;
        }
    }

    /// <summary>Where a word starts.</summary>
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
