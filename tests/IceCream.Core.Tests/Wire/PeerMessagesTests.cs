using System.Buffers;
using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Wire;

public sealed class PeerMessagesTests
{
    private static readonly CompileResult Result = new()
    {
        Place = JobPlace.Remote,
        ExitCode = 139,
        Signal = 11,
        StandardOutput = new byte[] { 0, 255 },
        StandardError = "warning"u8.ToArray(),
        Outputs = [new OutputFile("/src/größe.o", 0b110_100_100, OutputContent.Of(new byte[] { 1, 2, 3 }))],
        Removed = ["/src/old.d"],
        Timeline = JobTimeline.Empty.With(JobStep.Compile, TimeSpan.FromSeconds(1)),
    };

    private static readonly PeerMessage[] Samples =
    [
        new PeerHello(PeerMessage.Version, "ICECREAM", "desk", new byte[] { 7, 8 }),
        new PeerWelcome(PeerMessage.Version, "blade"),
        new PeerRefused("no"),
        new JobOffer(new byte[] { 1, 2 }, 3, 400, new byte[] { 5, 6 }),
        new NewEntries(
            1,
            new FileTree { Files = [new TreeFile("/src/größe.cc", Digest.Of("x"u8), 1, 2)], Links = [new TreeLink("/a", "b")], Directories = ["/src"] },
            ["-O2", "größe"]),
        new MissingBlobs([Digest.Of("a"u8), Digest.Of("b"u8)]),
        new BlobHead(Digest.Of("a"u8), 5),
        new BlobAbsent(Digest.Of("a"u8), "changed"),
        JobDone.Of(Result),
        JobDone.Of(CompileResult.Failed(new JobFailure(FailedParty.Worker, JobStep.Fetch, FailureRemedy.AnotherWorker, "disk full"))),
    ];

    public static TheoryData<int> EachSample => [.. Enumerable.Range(0, Samples.Length)];

    [Theory]
    [MemberData(nameof(EachSample))]
    public void A_message_says_the_same_at_the_other_end(int sample)
    {
        byte[] bytes = Encode(Samples[sample]);
        PeerMessage back = PeerMessage.Decode(new ReadOnlySequence<byte>(bytes));

        Assert.Equal(Samples[sample].GetType(), back.GetType());
        if (back is not JobDone)
        {
            Assert.Equal(bytes, Encode(back));
        }
    }

    [Fact]
    public void A_result_arrives_with_the_lengths_of_the_files_that_follow()
    {
        var done = (JobDone)PeerMessage.Decode(new ReadOnlySequence<byte>(Encode(JobDone.Of(Result))));

        Assert.Equal(new OutputHead("/src/größe.o", 0b110_100_100, 3, false), Assert.Single(done.Head.Outputs));
        Assert.Equal(139, done.Head.Result.ExitCode);
        Assert.Equal(11, done.Head.Result.Signal);
        Assert.Equal(Result.StandardOutput.ToArray(), done.Head.Result.StandardOutput.ToArray());
        Assert.Equal(Result.StandardError.ToArray(), done.Head.Result.StandardError.ToArray());
        Assert.Equal(["/src/old.d"], done.Head.Result.Removed.ToArray());
        Assert.Equal(Result.Timeline.Stretches.ToArray(), done.Head.Result.Timeline.Stretches.ToArray());
    }

    [Fact]
    public void A_result_of_a_road_that_is_too_long_arrives_with_its_beginning()
    {
        JobStretch[] road = [.. Enumerable.Range(0, 2 * WireLimits.Stretches).Select(static i => new JobStretch(JobStep.Send, TimeSpan.FromTicks(i)))];
        var done = (JobDone)PeerMessage.Decode(new ReadOnlySequence<byte>(Encode(JobDone.Of(Result with { Timeline = new JobTimeline([.. road]) }))));
        Assert.Equal(road[..WireLimits.Stretches], done.Head.Result.Timeline.Stretches.ToArray());
    }

    [Theory]
    [MemberData(nameof(EachSample))]
    public void Every_truncation_is_refused(int sample)
    {
        byte[] bytes = Encode(Samples[sample]);
        for (int length = 0; length < bytes.Length; length++)
        {
            var part = new ReadOnlySequence<byte>(bytes, 0, length);
            Assert.Throws<WireFormatException>(() => PeerMessage.Decode(part));
        }
    }

    [Property]
    public void A_flipped_byte_is_another_message_or_refused(int sample, int place, byte value)
    {
        byte[] bytes = Encode(Samples[(int)((uint)sample % Samples.Length)]);
        bytes[(int)((uint)place % bytes.Length)] = value;

        Exception? thrown = Record.Exception(() => PeerMessage.Decode(new ReadOnlySequence<byte>(bytes)));
        Assert.True(thrown is null or WireFormatException, thrown?.ToString());
    }

    private static byte[] Encode(PeerMessage message)
    {
        var bytes = new ArrayBufferWriter<byte>();
        message.Encode(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
