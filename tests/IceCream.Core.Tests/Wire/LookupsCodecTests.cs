using System.Buffers;
using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Wire;
using MessagePack;
using Xunit;

namespace IceCream.Tests.Wire;

public sealed class LookupsCodecTests
{
    private static readonly LookupLists Sample = new(
        [new AbsentNames("/", ["etc/größe", "opt"]), new AbsentNames("/usr/include", ["a.h", "sys/../b.h"])], ["/opt", "/usr/lib/gcc"], ["HOME", "größe"]);

    private static readonly ObservedLookups Whole = new() { Lists = Sample, Gap = "a gap", Objection = "an objection: größe", Trouble = "signal 9", AsksLocalTime = true };

    [Property]
    public void Lists_and_words_come_back_as_they_went(int seed, string? gap, string? objection, string? trouble, bool time)
    {
        var sent = new ObservedLookups { Lists = Random(seed), Gap = Clean(gap), Objection = Clean(objection), Trouble = Clean(trouble), AsksLocalTime = time };
        ObservedLookups back = Assert.IsType<ObservedLookups>(Read(Write(sent, null)));
        AssertSame(sent.Lists, back.Lists);
        Assert.Equal((sent.Gap, sent.Objection, sent.Trouble, time), (back.Gap, back.Objection, back.Trouble, back.AsksLocalTime));
    }

    [Property]
    public void Lists_that_are_expected_do_not_travel_and_others_do(int seed, int other)
    {
        LookupLists lists = Random(seed), expected = Random(other);
        bool same = LookupsCodec.DigestOf(lists) == LookupsCodec.DigestOf(expected);
        byte[] bytes = Write(new ObservedLookups { Lists = lists, Gap = "gap" }, LookupsCodec.DigestOf(expected));
        ObservedLookups back = Assert.IsType<ObservedLookups>(Read(bytes));
        Assert.Equal("gap", back.Gap);
        Assert.Equal(same, back.Lists is null);
        byte[] known = Write(new ObservedLookups { Lists = lists }, LookupsCodec.DigestOf(lists));
        Assert.Null(Read(known)!.Lists);
        Assert.True(known.Length < 8, $"{known.Length} bytes");
    }

    [Property]
    public void Lists_have_the_same_name_when_they_are_the_same_and_only_then(int seed, int other)
    {
        LookupLists one = Random(seed), again = Random(seed), another = Random(other);
        Assert.NotSame(one, again);
        Assert.Equal(LookupsCodec.DigestOf(one), LookupsCodec.DigestOf(again));
        Assert.Equal(AreSame(one, another), LookupsCodec.DigestOf(one) == LookupsCodec.DigestOf(another));
    }

    [Fact]
    public void Where_nobody_looked_there_is_nothing()
    {
        Assert.Null(Read(Write(null, null)));
        Assert.Null(Read(Write(new ObservedLookups { Gap = "no lists" }, null)));
        Assert.NotNull(Read(Write(ObservedLookups.Clean, null))!.Lists);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] whole = Write(Whole, null);
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] part = whole[..length];
            Assert.ThrowsAny<Exception>(() => Decode(part));
        }
    }

    [Property]
    public void A_flipped_byte_is_other_lists_or_refused(int place, byte value)
    {
        byte[] bytes = Write(Whole, null);
        bytes[(int)((uint)place % bytes.Length)] = value;
        Exception? thrown = Record.Exception(() => Decode(bytes));
        Assert.True(thrown is null or WireFormatException, thrown?.ToString());
    }

    [Property]
    public void Random_bytes_are_lists_or_refused(byte[] bytes)
    {
        Exception? thrown = Record.Exception(() => Decode(bytes));
        Assert.True(thrown is null or WireFormatException, thrown?.ToString());
    }

    [Theory]
    [InlineData("relative", "a")]
    [InlineData("/a/../b", "a")]
    [InlineData("/a/", "a")]
    [InlineData("/a", "")]
    [InlineData("/a", ".")]
    [InlineData("/a", "..")]
    [InlineData("/a", "/b")]
    [InlineData("/a", "b\0c")]
    public void What_is_no_name_in_a_folder_is_refused(string folder, string name)
    {
        byte[] bytes = Write(new ObservedLookups { Lists = new LookupLists([new AbsentNames(folder, [name])], [], []) }, null);
        Assert.Throws<WireFormatException>(() => Decode(bytes));
        Assert.Throws<WireFormatException>(() => Decode(Write(new ObservedLookups { Lists = new LookupLists([], ["relative"], []) }, null)));
    }

    /// <summary>Few names, so that lists are often the same, and often nearly so.</summary>
    private static LookupLists Random(int seed)
    {
        var random = new Random(seed % 50);
        string[] folders = ["/", "/usr", "/usr/include", "/größe"], names = ["a", "a/b", "a/../b", "größe.h", "x y", "-"];
        return new LookupLists(
            [.. folders.Where(_ => random.Next(2) == 0).Select(folder => new AbsentNames(folder, [.. names.Where(_ => random.Next(2) == 0)]))], [.. folders.Where(_ => random.Next(3) == 0)],
            [.. names.Where(_ => random.Next(4) == 0)]);
    }

    private static bool AreSame(LookupLists one, LookupLists other) =>
        one.Listed.SequenceEqual(other.Listed) && one.Variables.SequenceEqual(other.Variables) && one.Absent.Length == other.Absent.Length
        && one.Absent.Zip(other.Absent).All(static pair => pair.First.Folder == pair.Second.Folder && pair.First.Names.SequenceEqual(pair.Second.Names));

    private static void AssertSame(LookupLists? expected, LookupLists? actual)
    {
        Assert.NotNull(expected);
        Assert.NotNull(actual);
        Assert.True(AreSame(expected, actual));
    }

    /// <summary>Text that UTF-8 can hold.</summary>
    private static string? Clean(string? text) => text is null ? null : string.Concat(text.Where(static c => !char.IsSurrogate(c)));

    private static byte[] Write(ObservedLookups? lookups, Digest? expected)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(bytes);
        LookupsCodec.Write(ref writer, lookups, expected);
        writer.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    private static ObservedLookups? Read(byte[] bytes)
    {
        var reader = new MessagePackReader(bytes);
        ObservedLookups? read = LookupsCodec.Read(ref reader);
        Assert.True(reader.End);
        return read;
    }

    /// <summary>As a message holds them.</summary>
    private static ObservedLookups? Decode(byte[] bytes) => WireFields.Decode(new ReadOnlySequence<byte>(bytes), static (ref MessagePackReader reader) => LookupsCodec.Read(ref reader));
}
