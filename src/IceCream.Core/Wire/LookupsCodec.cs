using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>
/// The lookups of a compile as the worker sends them to the agent. The lists are left out when they equal those that the agent expects. Lists are
/// identified by the digest of their encoding, which is the same for equal lists.
/// </summary>
internal static class LookupsCodec
{
    /// <summary>The digest that identifies lists.</summary>
    public static Digest DigestOf(LookupLists lists) => Digest.Of(Encode(lists).WrittenSpan);

    public static void Write(ref MessagePackWriter writer, ObservedLookups? lookups, Digest? expected)
    {
        if (lookups is not { Lists: { } lists })
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(5);
        ArrayBufferWriter<byte> encoded = Encode(lists);
        if (expected is { } known && Digest.Of(encoded.WrittenSpan) == known)
        {
            writer.WriteNil();
        }
        else
        {
            writer.Write(encoded.WrittenSpan);
        }

        writer.WriteOptionalText(lookups.Gap, WireLimits.Text / 4);
        writer.WriteOptionalText(lookups.Objection, WireLimits.Text / 4);
        writer.WriteOptionalText(lookups.Trouble, WireLimits.Text / 4);
        writer.Write(lookups.AsksLocalTime);
    }

    public static ObservedLookups? Read(ref MessagePackReader reader)
    {
        if (reader.TryReadNil())
        {
            return null;
        }

        reader.ReadFields(5);
        return new ObservedLookups
        {
            Lists = ReadLists(ref reader),
            Gap = reader.ReadOptionalText(WireLimits.Text),
            Objection = reader.ReadOptionalText(WireLimits.Text),
            Trouble = reader.ReadOptionalText(WireLimits.Text),
            AsksLocalTime = reader.ReadBoolean(),
        };
    }

    private static LookupLists? ReadLists(ref MessagePackReader reader)
    {
        if (reader.TryReadNil())
        {
            return null;
        }

        ReadOnlySequence<byte> bytes = reader.ReadBytes() ?? throw new WireFormatException("The lists of what was looked for are missing.");
        return bytes.Length <= WireLimits.Lookups ? WireFields.Decode<LookupLists>(bytes, Decode)
            : throw new WireFormatException($"{bytes.Length} bytes of what was looked for, where at most {WireLimits.Lookups} are allowed.");
    }

    /// <summary>Encodes lists; the digest of these bytes identifies them.</summary>
    public static ArrayBufferWriter<byte> Encode(LookupLists lists)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(3);
        writer.WriteArrayHeader(lists.Absent.Length);
        foreach (AbsentNames absent in lists.Absent)
        {
            writer.WriteArrayHeader(2);
            writer.Write(absent.Folder);
            writer.WriteTexts(absent.Names);
        }

        writer.WriteTexts(lists.Listed);
        writer.WriteTexts(lists.Variables);
        writer.Flush();
        return output;
    }

    /// <summary>Decodes lists.</summary>
    /// <exception cref="WireFormatException">The bytes are no lists.</exception>
    public static LookupLists Decode(ReadOnlyMemory<byte> bytes) => WireFields.Decode<LookupLists>(new ReadOnlySequence<byte>(bytes), Decode);

    private static LookupLists Decode(ref MessagePackReader reader)
    {
        reader.ReadFields(3);
        int count = reader.ReadCount(WireLimits.TreeEntries);
        var absent = ImmutableArray.CreateBuilder<AbsentNames>(Math.Min(count, 1024));
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(2);
            string folder = FileTreeCodec.ReadPath(ref reader);
            ImmutableArray<string> names = reader.ReadTexts(WireLimits.TreeEntries, WireLimits.Path);
            foreach (string name in names)
            {
                if (name.Length == 0 || name[0] == '/' || name is "." or ".." || name.Contains('\0', StringComparison.Ordinal))
                {
                    throw new WireFormatException($"'{name}' is no name in a folder.");
                }
            }

            absent.Add(new AbsentNames(folder, names));
        }

        int listedCount = reader.ReadCount(WireLimits.Items);
        string[] listed = new string[Math.Min(listedCount, WireLimits.Items)];
        for (int i = 0; i < listedCount; i++)
        {
            listed[i] = FileTreeCodec.ReadPath(ref reader);
        }

        return new LookupLists(
            absent.DrainToImmutable(), ImmutableCollectionsMarshal.AsImmutableArray(listed), reader.ReadTexts(WireLimits.Items, WireLimits.Name));
    }
}
