using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using IceCream.Diagnostics;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>Reads and writes the fields of messages, and checks each length against a limit.</summary>
internal static class WireFields
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a message and turns every error of the reader into a <see cref="WireFormatException"/>.</summary>
    /// <exception cref="WireFormatException">The bytes are not such a message, or bytes follow it.</exception>
    public static T Decode<T>(in ReadOnlySequence<byte> bytes, WireDecoder<T> decode)
    {
        try
        {
            var reader = new MessagePackReader(bytes);
            T message = decode(ref reader);
            return reader.End ? message : throw new WireFormatException("Bytes follow the end of the message.");
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or InvalidOperationException or OverflowException or ArgumentException)
        {
            throw new WireFormatException($"Not a {typeof(T).Name}: {e.Message}", e);
        }
    }

    /// <summary>Reads the header of an array with exactly <paramref name="expected"/> fields.</summary>
    public static void ReadFields(this ref MessagePackReader reader, int expected)
    {
        int count = reader.ReadArrayHeader();
        if (count != expected)
        {
            throw new WireFormatException($"{expected} fields expected, {count} found.");
        }
    }

    /// <summary>
    /// Reads the version of a greeting. The other fields of another version may be of any number and kind: they are skipped, so that it can be answered with both
    /// numbers.
    /// </summary>
    /// <param name="reader">Stands before the version.</param>
    /// <param name="fields">How many fields are left, with the version.</param>
    /// <param name="own">The version that is spoken here.</param>
    /// <param name="version">The version of the greeting.</param>
    /// <returns>Whether it is the same, and its other fields are still to be read.</returns>
    public static bool TryReadVersion(this ref MessagePackReader reader, int fields, int own, out int version)
    {
        version = reader.ReadInt32();
        if (version == own)
        {
            return true;
        }

        for (int left = fields - 1; left > 0; left--)
        {
            reader.Skip();
        }

        return false;
    }

    /// <summary>The length of a list.</summary>
    public static int ReadCount(this ref MessagePackReader reader, int limit)
    {
        int count = reader.ReadArrayHeader();
        return count <= limit ? count : throw new WireFormatException($"A list of {count} items, where at most {limit} are allowed.");
    }

    /// <summary>A text of at most <paramref name="limit"/> bytes of UTF-8.</summary>
    public static string ReadText(this ref MessagePackReader reader, int limit)
    {
        ReadOnlySequence<byte> bytes = reader.ReadStringSequence() ?? throw new WireFormatException("A text is missing.");
        if (bytes.Length > limit)
        {
            throw new WireFormatException($"A text of {bytes.Length} bytes, where at most {limit} are allowed.");
        }

        return Strict.GetString(bytes);
    }

    public static string? ReadOptionalText(this ref MessagePackReader reader, int limit) => reader.TryReadNil() ? null : reader.ReadText(limit);

    public static ImmutableArray<string> ReadTexts(this ref MessagePackReader reader, int countLimit, int textLimit)
    {
        int count = reader.ReadCount(countLimit);
        var texts = ImmutableArray.CreateBuilder<string>(Math.Min(count, 4096));
        for (int i = 0; i < count; i++)
        {
            texts.Add(reader.ReadText(textLimit));
        }

        return texts.DrainToImmutable();
    }

    /// <summary>Some bytes, copied.</summary>
    public static byte[] ReadBlob(this ref MessagePackReader reader, int limit)
    {
        ReadOnlySequence<byte> bytes = reader.ReadBytes() ?? throw new WireFormatException("Bytes are missing.");
        return bytes.Length <= limit ? bytes.ToArray() : throw new WireFormatException($"{bytes.Length} bytes, where at most {limit} are allowed.");
    }

    public static Digest ReadDigest(this ref MessagePackReader reader)
    {
        ReadOnlySequence<byte> bytes = reader.ReadBytes() ?? throw new WireFormatException("A digest is missing.");
        if (bytes.Length != Digest.Size)
        {
            throw new WireFormatException($"A digest of {bytes.Length} bytes.");
        }

        Span<byte> copy = stackalloc byte[Digest.Size];
        bytes.CopyTo(copy);
        return new Digest(copy);
    }

    public static Digest? ReadOptionalDigest(this ref MessagePackReader reader) => reader.TryReadNil() ? null : reader.ReadDigest();

    /// <summary>A length: not negative, and not above <paramref name="limit"/>.</summary>
    public static long ReadLength(this ref MessagePackReader reader, long limit)
    {
        long length = reader.ReadInt64();
        return length >= 0 && length <= limit ? length : throw new WireFormatException($"A length of {length}, where 0 to {limit} is allowed.");
    }

    /// <summary>A number that JSON can hold: not infinite, and no NaN, which every later sum would become.</summary>
    public static double ReadFinite(this ref MessagePackReader reader)
    {
        double number = reader.ReadDouble();
        return double.IsFinite(number) ? number : throw new WireFormatException($"{number} is no number that is allowed here.");
    }

    /// <summary>A moment in UTC, to the tick.</summary>
    public static DateTimeOffset ReadMoment(this ref MessagePackReader reader) => new(reader.ReadInt64(), TimeSpan.Zero);

    /// <summary>A defined value of an enumeration.</summary>
    public static T ReadEnum<T>(this ref MessagePackReader reader)
        where T : struct, Enum
    {
        int number = reader.ReadInt32();
        var value = (T)Enum.ToObject(typeof(T), number);
        return Enum.IsDefined(value) ? value : throw new WireFormatException($"{number} is no {typeof(T).Name}.");
    }

    /// <summary>An address in its text form.</summary>
    public static FarmAddress ReadAddress(this ref MessagePackReader reader)
    {
        string text = reader.ReadText(WireLimits.Address);
        return FarmAddress.TryParse(text, 0, out FarmAddress? address) ? address : throw new WireFormatException($"'{text}' is no address.");
    }

    public static void WriteDigest(this ref MessagePackWriter writer, in Digest digest)
    {
        writer.WriteBinHeader(Digest.Size);
        digest.CopyTo(writer.GetSpan(Digest.Size));
        writer.Advance(Digest.Size);
    }

    public static void WriteOptionalDigest(this ref MessagePackWriter writer, in Digest? digest)
    {
        if (digest is { } given)
        {
            writer.WriteDigest(given);
        }
        else
        {
            writer.WriteNil();
        }
    }

    /// <summary>Writes the first <paramref name="limit"/> characters of a text, or nil.</summary>
    public static void WriteOptionalText(this ref MessagePackWriter writer, string? text, int limit)
    {
        if (text is null)
        {
            writer.WriteNil();
        }
        else
        {
            writer.Write(ShortText.Cut(text, limit));
        }
    }

    public static void WriteOptionalNumber(this ref MessagePackWriter writer, int? number)
    {
        if (number is { } given)
        {
            writer.Write(given);
        }
        else
        {
            writer.WriteNil();
        }
    }

    /// <summary>Writes a number, and 0 for what is none: the reader would refuse the whole message.</summary>
    public static void WriteFinite(this ref MessagePackWriter writer, double number) => writer.Write(double.IsFinite(number) ? number : 0);

    public static void WriteMoment(this ref MessagePackWriter writer, DateTimeOffset moment) => writer.Write(moment.UtcTicks);

    public static void WriteTexts(this ref MessagePackWriter writer, ImmutableArray<string> texts)
    {
        writer.WriteArrayHeader(texts.Length);
        foreach (string text in texts)
        {
            writer.Write(text);
        }
    }
}

/// <summary>Reads one message.</summary>
internal delegate T WireDecoder<out T>(ref MessagePackReader reader);
