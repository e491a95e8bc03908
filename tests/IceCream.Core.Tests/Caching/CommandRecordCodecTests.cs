using IceCream.Caching;
using IceCream.Jobs;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Caching;

/// <summary>A record comes back as it was, and nothing else comes back at all.</summary>
public sealed class CommandRecordCodecTests
{
    private static readonly CommandRecord Record = new()
    {
        Command = new KnownCommand("/s/a.c", "/usr/bin/gcc", "/s", ["gcc", "-c", "a.c"], ["PATH=/bin"], 18, IsTerminal: true),
        Results =
        [
            new KnownResult
            {
                Toolchain = Digest.Of([1]), Tree = Digest.Of([2]), Lookups = Digest.Of([3]), StandardOutput = Digest.Of([4]), StandardError = Digest.Of([5]),
                Outputs = [new KnownOutput(0, 420, true, Digest.Of([6]), 12)], Cost = TimeSpan.FromSeconds(2), Worker = "blade", Kept = DateTimeOffset.UnixEpoch, Missed = "new",
            },
        ],
    };

    [Fact]
    public void A_record_comes_back()
    {
        CommandRecord back = CommandRecordCodec.Decode(CommandRecordCodec.Encode(Record));
        Assert.Equal(CommandRecordCodec.Encode(Record), CommandRecordCodec.Encode(back));
        Assert.Equal(Record.Results[0].Outputs[0], back.Results[0].Outputs[0]);
    }

    [Fact]
    public void A_record_of_which_a_single_bit_is_another_is_none()
    {
        byte[] bytes = CommandRecordCodec.Encode(Record);
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<WireFormatException>(() => CommandRecordCodec.Decode(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<WireFormatException>(() => CommandRecordCodec.Decode(bytes.AsMemory(0, length)));
        }
    }

    [Fact]
    public void How_a_new_file_is_made_stays_known()
    {
        KnownResult rewritten = Record.Results[0] with { Outputs = [new KnownOutput(0, 436, false, Digest.Of([6]), 12)] };
        CommandRecord both = Record.With(rewritten);
        Assert.Equal((1, 420), (both.Results.Length, both.ModeOfNew(0)));
        Assert.Equal(2, Record.With(rewritten with { Tree = Digest.Of([9]) }).Results.Length);
        Assert.Equal(CommandRecord.MostResults, Enumerable.Range(0, 100).Aggregate(Record, static (record, i) => record.With(record.Results[0] with { Tree = Digest.Of(BitConverter.GetBytes(i)) })).Results.Length);
    }
}
