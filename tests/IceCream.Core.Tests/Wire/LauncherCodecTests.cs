using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Wire;

public sealed class LauncherCodecTests
{
    [Fact]
    public void A_request_survives_the_way()
    {
        var request = new LauncherMessage.Request
        {
            CommandLine = ["gcc", "-c", "ä.c"], Compiler = "/usr/bin/gcc", WorkingDirectory = "/src", Environment = ["LANG=C"],
            Umask = 18, Mode = JobMode.Remote, IsTerminal = true,
        };
        var back = Assert.IsType<LauncherMessage.Request>(RoundTrip(request));
        Assert.Equal(request.CommandLine.AsEnumerable(), back.CommandLine);
        Assert.Equal(request.Environment.AsEnumerable(), back.Environment);
        Assert.Equal(request, back with { CommandLine = request.CommandLine, Environment = request.Environment });
    }

    [Property]
    public void A_finished_command_survives_the_way(byte exitCode, byte[] output, byte[] error)
    {
        var back = Assert.IsType<LauncherMessage.Finished>(
            RoundTrip(new LauncherMessage.Finished { ExitCode = exitCode, Signal = 9, StandardOutput = output, StandardError = error }));
        Assert.Equal((exitCode, 9), (back.ExitCode, back.Signal));
        Assert.Equal(output, back.StandardOutput.ToArray());
        Assert.Equal(error, back.StandardError.ToArray());
    }

    [Fact]
    public void Short_messages_survive_the_way()
    {
        Assert.Equal(new LauncherMessage.RunHere("links"), RoundTrip(new LauncherMessage.RunHere("links")));
        Assert.Equal(new LauncherMessage.Refused("old"), RoundTrip(new LauncherMessage.Refused("old")));
        Assert.IsType<LauncherMessage.Working>(RoundTrip(new LauncherMessage.Working()));
        Assert.IsType<LauncherMessage.StatisticsRequest>(RoundTrip(new LauncherMessage.StatisticsRequest()));
    }

    [Fact]
    public void Statistics_survive_the_way()
    {
        var record = new JobRecord
        {
            Subject = "a.c", Place = JobPlace.Remote, Worker = "w", ExitCode = 1, Duration = TimeSpan.FromSeconds(2),
            Ended = DateTimeOffset.UnixEpoch, Timeline = JobTimeline.Empty.With(JobStep.Compile, TimeSpan.FromSeconds(1)),
        };
        var statistics = new JobStatistics { Remote = 7, Reasons = [new NamedCount("NoFarm", 3)], Recent = [record] };
        JobStatistics back = Assert.IsType<LauncherMessage.StatisticsReply>(RoundTrip(new LauncherMessage.StatisticsReply(statistics))).Statistics;
        Assert.Equal(7, back.Remote);
        Assert.Equal(new NamedCount("NoFarm", 3), Assert.Single(back.Reasons));
        JobRecord only = Assert.Single(back.Recent);
        Assert.Equal(record, only with { Timeline = record.Timeline });
        Assert.Equal(record.Timeline.Stretches.AsEnumerable(), only.Timeline.Stretches);
    }

    [Property]
    public void Hostile_bytes_are_a_format_error_or_a_message(byte[] bytes)
    {
        try
        {
            Assert.NotNull(LauncherCodec.Decode(bytes));
        }
        catch (WireFormatException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 1, 0, 0, 4 })]
    public void A_length_beyond_the_limits_is_refused(byte[] header) =>
        Assert.Throws<WireFormatException>(() => LauncherCodec.ReadHeader(header));

    private static LauncherMessage RoundTrip(LauncherMessage message)
    {
        byte[] frame = LauncherCodec.Encode(message);
        Assert.Equal(frame.Length - LauncherCodec.HeaderSize, LauncherCodec.ReadHeader(frame));
        return LauncherCodec.Decode(frame.AsMemory(LauncherCodec.HeaderSize));
    }
}
