using System.Buffers;
using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Tests.Monitoring;
using IceCream.Wire;
using MessagePack;
using Xunit;

namespace IceCream.Tests.Wire;

/// <summary>How long the texts of a job's events may be: a scheduler keeps thousands of them, and an agent that sends longer ones than it writes is not heard.</summary>
public sealed class JobEventCodecTests
{
    [Fact]
    public void Texts_are_cut_by_who_writes_them()
    {
        JobBegun begun = Events.Begun(1, folder: new string('ß', 5000)) with { Subject = new string('語', 5000) };
        JobBegun read = Assert.IsType<JobBegun>(Assert.Single(Decode(SchedulerMessage.Encode(new SchedulerMessage.JobEvents(Events.Noon, 1, [begun])))));
        Assert.Equal((JobEventCodec.Subject, JobEventCodec.Folder), (read.Subject.Length, read.Directory.Length));
    }

    [Theory]
    [InlineData(3 * JobEventCodec.Subject, 3 * JobEventCodec.Folder, true)]
    [InlineData(3 * JobEventCodec.Subject + 1, 1, false)]
    [InlineData(1, 3 * JobEventCodec.Folder + 1, false)]
    public void Longer_ones_are_not_read(int subject, int folder, bool isRead)
    {
        byte[] bytes = BegunOf(new string('s', subject), new string('f', folder));
        if (isRead)
        {
            Assert.Equal(subject, Assert.IsType<JobBegun>(Assert.Single(Decode(bytes))).Subject.Length);
            return;
        }

        Assert.Throws<WireFormatException>(() => Decode(bytes));
    }

    private static ImmutableArray<JobEvent> Decode(byte[] bytes) =>
        Assert.IsType<SchedulerMessage.JobEvents>(SchedulerMessage.Decode(new ReadOnlySequence<byte>(bytes))).Events;

    /// <summary>A message with one event, as an agent could write it that cuts nothing.</summary>
    private static byte[] BegunOf(string subject, string folder)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(bytes);
        writer.WriteArrayHeader(4);
        writer.Write(24);
        writer.Write(Events.Noon.UtcTicks);
        writer.Write(1);
        writer.WriteArrayHeader(1);
        writer.WriteArrayHeader(9);
        writer.Write(1);
        writer.Write(Events.Noon.UtcTicks);
        writer.Write("ada@desk");
        writer.Write(7L);
        writer.Write("ada");
        writer.Write(subject);
        writer.Write(folder);
        writer.Write((int)CommandPurpose.Compile);
        writer.Write("");
        writer.Flush();
        return bytes.WrittenSpan.ToArray();
    }
}
