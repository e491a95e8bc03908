using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using IceCream.Interop.Icecream;
using Xunit;

namespace IceCream.Tests.Interop.Icecream;

public sealed class MonitorCodecTests
{
    /// <summary>What nobody tells our scheduler of a job.</summary>
    private static readonly string[] NotMeasured = ["faults", "in", "in_unpacked", "out", "out_unpacked", "clients"];

    /// <summary>What stands in the lines of a host that icecream's daemons have and ours have not.</summary>
    private static readonly Dictionary<string, string> OfOurs = new() { ["Features:env_xz env_zstd"] = "Features:--" };

    [Theory]
    [InlineData(28)]
    [InlineData(29)]
    [InlineData(38)]
    [InlineData(39)]
    [InlineData(42)]
    [InlineData(43)]
    public void A_recorded_session_is_told_alike_field_by_field(int version)
    {
        // Recorded were 28, 42 and 43. Between them lie two changes: the short form of what waits, and the count of clients at a job's end.
        IReadOnlyList<Frame> recorded = Frame.ReadAll(RecordedSessions.Bytes(version < 39 ? RecordedSessions.Version28 : RecordedSessions.Version43), version < 39 ? 28 : 43);
        IReadOnlyList<Frame> ours = Frame.ReadAll(Encode(RecordedSessions.Replay(), version), version);
        Assert.Equal(recorded.Select(frame => frame.Type), ours.Select(frame => frame.Type));
        foreach ((Frame theirs, Frame frame) in recorded.Zip(ours))
        {
            IEnumerable<string> fields = theirs.Type == Frame.JobWaits && version is >= 29 and < 39 ? frame.Fields.Keys : theirs.Fields.Keys;
            foreach (string field in fields.Except(NotMeasured))
            {
                string expected = OfOurs.Aggregate(theirs[field], (text, change) => text.Replace(change.Key, change.Value, StringComparison.Ordinal));
                Assert.Equal((theirs.Type, field, expected), (frame.Type, field, frame[field]));
            }
        }
    }

    [Fact]
    public void What_waits_begins_and_ends_is_the_same_to_the_byte()
    {
        IReadOnlyList<MonitorMessage> said = RecordedSessions.Replay();
        foreach ((string[] recorded, int version) in new[] { (RecordedSessions.Version43, 43), (RecordedSessions.Version28, 28) })
        {
            foreach (int i in new[] { 2, 3, 5, 6, 7 })
            {
                Assert.Equal(recorded[i], Convert.ToHexStringLower(Encode([said[i]], version)));
            }
        }
    }

    [Property]
    public void Whatever_texts_hold_a_monitor_reads_frames_to_their_last_byte(string? name, string? file, int version, bool isLong)
    {
        version = 28 + (Math.Abs(version % 16));
        string text = isLong ? string.Concat(Enumerable.Repeat((file ?? "") + "\ud83d\udc3b\0\n", 5000)) : file ?? "";
        MonitorMessage[] messages =
        [
            new MonitorMessage.HostStats(uint.MaxValue, name ?? ""),
            new MonitorMessage.JobWaits(1, 2, text, ClassicLanguage.CPlusPlus, name ?? ""),
            new MonitorMessage.JobBegins(1, 2, DateTimeOffset.MaxValue),
            new MonitorMessage.JobEnds(1, new JobFigures(-1, TimeSpan.MaxValue, TimeSpan.MinValue, long.MaxValue, long.MinValue)),
            new MonitorMessage.LocalJobBegins(1, 2, text, DateTimeOffset.MinValue),
            new MonitorMessage.LocalJobEnds(0),
            new MonitorMessage.Refusal(text),
        ];
        IReadOnlyList<Frame> frames = Frame.ReadAll(Encode(messages, version), version);
        Assert.Equal([87u, 83, 84, 85, 86, 79, 90], frames.Select(frame => frame.Type));
        Assert.True(frames[1]["file"].Length <= 4096);
    }

    [Property]
    public Property The_first_bytes_tell_classic_connections_from_ours_and_from_TLS() => Prop.ForAll(
        Gen.Choose(0, 255).ArrayOf(4).ToArbitrary(),
        bytes =>
        {
            byte[] first = [.. bytes.Select(one => (byte)one)];
            bool isClassic = first[0] is >= 21 and < 128 && first[1..].All(one => one == 0);
            Assert.Equal(isClassic, ClassicVersion.CanBegin(first));

            // Fewer bytes are of the kind as long as more could make them so.
            Assert.Equal(first[0] is >= 21 and < 128, ClassicVersion.CanBegin(first.AsSpan(0, 1)));
            Assert.True(ClassicVersion.CanBegin([]));
        });

    [Fact]
    public void Every_version_from_21_is_seen_to_be_classic_and_28_is_the_oldest_spoken()
    {
        for (int version = 21; version < 128; version++)
        {
            byte[] said = new byte[4];
            ClassicVersion.Write(said, version);
            Assert.True(ClassicVersion.CanBegin(said));
            Assert.Equal(version < 28 ? null : Math.Min(version, 43), ClassicVersion.Common(said));
        }

        Assert.False(ClassicVersion.CanBegin([0x16, 0x03, 0x01, 0x02]));
        Assert.False(ClassicVersion.CanBegin([0x94]));
    }

    private static byte[] Encode(IEnumerable<MonitorMessage> messages, int version)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (MonitorMessage message in messages)
        {
            MonitorCodec.Write(output, message, version);
        }

        return output.WrittenSpan.ToArray();
    }
}
