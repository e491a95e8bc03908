using System.Buffers;
using System.Collections.Immutable;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Wire;
using MessagePack;

namespace IceCream.Caching;

/// <summary>Serializes records: a header with the version, the record, and the SHA-256 of both. Truncated or damaged data is rejected.</summary>
internal static class CommandRecordCodec
{
    /// <summary>The longest record that is read.</summary>
    public const int MostBytes = 4 << 20;

    private const int ResultFields = 10, OutputFields = 5, CommandFields = 7;
    private const int MostOutputs = 4096, MostMode = 0xFFF, MostText = 2000;

    private static ReadOnlySpan<byte> Header => "ICERES\x00\x01"u8;

    public static byte[] Encode(CommandRecord record)
    {
        var bytes = new ArrayBufferWriter<byte>(4096);
        bytes.Write(Header);
        var writer = new MessagePackWriter(bytes);
        writer.WriteArrayHeader(2);
        Write(ref writer, record.Command);
        writer.WriteArrayHeader(record.Results.Length);
        foreach (KnownResult result in record.Results)
        {
            Write(ref writer, result);
        }

        writer.Flush();
        Span<byte> hash = stackalloc byte[Digest.Size];
        Digest.Of(bytes.WrittenSpan).CopyTo(hash);
        bytes.Write(hash);
        return bytes.WrittenSpan.ToArray();
    }

    /// <exception cref="WireFormatException">The bytes are no record of this version, or damaged.</exception>
    public static CommandRecord Decode(ReadOnlyMemory<byte> bytes)
    {
        int end = bytes.Length - Digest.Size;
        if (end < Header.Length || !bytes.Span.StartsWith(Header))
        {
            throw new WireFormatException("It is no record of this version.");
        }

        return new Digest(bytes.Span[end..]) == Digest.Of(bytes.Span[..end])
            ? WireFields.Decode(new ReadOnlySequence<byte>(bytes[Header.Length..end]), Read)
            : throw new WireFormatException("The record is damaged.");
    }

    private static void Write(ref MessagePackWriter writer, KnownCommand? command)
    {
        if (command is null)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(CommandFields);
        writer.Write(command.Source);
        writer.Write(command.Compiler);
        writer.Write(command.Directory);
        writer.WriteTexts(command.Words);
        writer.WriteTexts(command.Environment);
        writer.Write(command.Umask);
        writer.Write(command.IsTerminal);
    }

    private static void Write(ref MessagePackWriter writer, KnownResult result)
    {
        writer.WriteArrayHeader(ResultFields);
        writer.WriteDigest(result.Toolchain);
        writer.WriteDigest(result.Tree);
        writer.WriteDigest(result.Lookups);
        writer.WriteArrayHeader(result.Outputs.Length);
        foreach (KnownOutput output in result.Outputs)
        {
            writer.WriteArrayHeader(OutputFields);
            writer.Write(output.Index);
            writer.Write(output.Mode);
            writer.Write(output.IsNew);
            writer.WriteDigest(output.Content);
            writer.Write(output.Length);
        }

        writer.WriteDigest(result.StandardOutput);
        writer.WriteDigest(result.StandardError);
        writer.Write(result.Cost.Ticks);
        writer.Write(result.Worker);
        writer.WriteMoment(result.Kept);
        writer.Write(ShortText.Cut(result.Missed, MostText));
    }

    private static CommandRecord Read(ref MessagePackReader reader)
    {
        reader.ReadFields(2);
        KnownCommand? command = ReadCommand(ref reader);
        int count = reader.ReadCount(CommandRecord.MostResults);
        var results = ImmutableArray.CreateBuilder<KnownResult>(count);
        for (int i = 0; i < count; i++)
        {
            results.Add(ReadResult(ref reader));
        }

        return new CommandRecord { Command = command, Results = results.DrainToImmutable() };
    }

    private static KnownCommand? ReadCommand(ref MessagePackReader reader)
    {
        if (reader.TryReadNil())
        {
            return null;
        }

        reader.ReadFields(CommandFields);
        return new KnownCommand(
            reader.ReadText(WireLimits.Path), reader.ReadText(WireLimits.Path), reader.ReadText(WireLimits.Path),
            reader.ReadTexts(WireLimits.Arguments, WireLimits.Argument), reader.ReadTexts(WireLimits.Arguments, WireLimits.Argument),
            (int)reader.ReadLength(MostMode), reader.ReadBoolean());
    }

    private static KnownResult ReadResult(ref MessagePackReader reader)
    {
        reader.ReadFields(ResultFields);
        return new KnownResult
        {
            Toolchain = reader.ReadDigest(),
            Tree = reader.ReadDigest(),
            Lookups = reader.ReadDigest(),
            Outputs = ReadOutputs(ref reader),
            StandardOutput = reader.ReadDigest(),
            StandardError = reader.ReadDigest(),
            Cost = new TimeSpan(reader.ReadLength(long.MaxValue)),
            Worker = reader.ReadText(WireLimits.Name),
            Kept = reader.ReadMoment(),
            Missed = reader.ReadText(WireLimits.Text),
        };
    }

    private static ImmutableArray<KnownOutput> ReadOutputs(ref MessagePackReader reader)
    {
        int count = reader.ReadCount(MostOutputs);
        var outputs = ImmutableArray.CreateBuilder<KnownOutput>(count);
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(OutputFields);
            outputs.Add(new KnownOutput(
                (int)reader.ReadLength(MostOutputs), (int)reader.ReadLength(MostMode), reader.ReadBoolean(), reader.ReadDigest(), reader.ReadLength(WireLimits.Blob)));
        }

        return outputs.DrainToImmutable();
    }
}
