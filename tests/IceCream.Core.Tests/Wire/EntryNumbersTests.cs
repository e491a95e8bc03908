using System.Buffers;
using FsCheck.Xunit;
using IceCream.Wire;
using MessagePack;
using Xunit;

namespace IceCream.Tests.Wire;

public sealed class EntryNumbersTests
{
    private static readonly int[] Entries = [.. Enumerable.Range(0, 100_000)];

    [Property]
    public void Numbers_come_back_in_order_and_each_once(uint[] numbers, ushort first, byte run)
    {
        int[] given = [.. numbers.Select(number => (int)(number % Entries.Length)), .. Enumerable.Range(first, run)];
        Assert.Equal(given.Distinct().Order(), Read(Write([.. given]), Entries));
    }

    [Fact]
    public void Numbers_given_together_cost_next_to_nothing() => Assert.True(Write([.. Enumerable.Range(70_000, 500)]).Length < 12);

    [Fact]
    public void A_number_among_many_costs_a_byte() => Assert.True(Write([.. Enumerable.Range(0, 500).Select(static i => i * 60)]).Length < 510);

    [Fact]
    public void A_number_beyond_the_entries_is_refused()
    {
        byte[] bytes = Write([1, 2, 99]);
        Assert.Equal([1, 2, 99], Read(bytes, Entries[..100]));
        Assert.Throws<WireFormatException>(() => Read(bytes, Entries[..99]));
    }

    [Theory]
    [InlineData(2, new byte[] { 0 })]
    [InlineData(1, new byte[] { 0, 0 })]
    [InlineData(1, new byte[] { 1, 0 })]
    [InlineData(3, new byte[] { 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })]
    [InlineData(1, new byte[] { 0xFE, 0xFF, 0xFF, 0xFF, 0x1F })]
    [InlineData(1, new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 0 })]
    [InlineData(1, new byte[] { 0x80 })]
    [InlineData(-1, new byte[0])]
    [InlineData(int.MaxValue, new byte[] { 1, 0xFD, 0xFF, 0xFF, 0xFF, 0x07 })]
    public void What_is_no_set_of_numbers_is_refused(int count, byte[] steps)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(bytes);
        writer.Write(count);
        writer.Write(steps);
        writer.Flush();
        Assert.Throws<WireFormatException>(() => Read(bytes.WrittenSpan.ToArray(), Entries));
    }

    [Property(MaxTest = 1000)]
    public void Random_steps_are_numbers_or_refused(byte count, byte[] steps)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(bytes);
        writer.Write(count);
        writer.Write(steps);
        writer.Flush();
        try
        {
            int[] numbers = Read(bytes.WrittenSpan.ToArray(), Entries);
            Assert.Equal(count, numbers.Length);
            Assert.Equal(numbers.Distinct().Order(), numbers);
        }
        catch (WireFormatException)
        {
            // As it should be.
        }
    }

    private static byte[] Write(int[] numbers)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(bytes);
        EntryNumbers.Write(ref writer, numbers);
        writer.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    private static int[] Read(byte[] bytes, int[] entries) => WireFields.Decode(
        new ReadOnlySequence<byte>(bytes), (ref MessagePackReader reader) => EntryNumbers.Read<int>(ref reader, entries));
}
