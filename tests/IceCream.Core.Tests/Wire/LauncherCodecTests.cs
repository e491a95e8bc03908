using System.Buffers.Binary;
using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Platform;
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
            CommandLine = ["gcc", "-c", "ä.c"], Compiler = "/usr/../usr//bin/gcc", WorkingDirectory = "/src", Environment = ["LANG=C"], Withheld = ["SECRET"],
            Umask = 18, Mode = JobMode.Remote, IsTerminal = true, View = new FileView("mnt:[7]", "1:2"),
        };
        var back = Assert.IsType<LauncherMessage.Request>(RoundTrip(request));
        Assert.Equal(request.CommandLine.AsEnumerable(), back.CommandLine);
        Assert.Equal(request.Environment.AsEnumerable(), back.Environment);
        Assert.Equal(request.Withheld.AsEnumerable(), back.Withheld);
        Assert.Equal(request, back with { CommandLine = request.CommandLine, Environment = request.Environment, Withheld = request.Withheld });
    }

    [Fact]
    public void A_request_of_another_version_is_told_by_its_number_whatever_follows() =>
        Assert.Equal(new LauncherMessage.ForeignRequest(1), LauncherCodec.Decode(new byte[] { 0x94, 1, 1, 0x92, 0xA1, (byte)'x', 0xC0, 0xC3 }));

    [Fact]
    public void A_compiler_is_named_by_any_absolute_path_and_a_working_directory_by_a_normal_one()
    {
        var request = new LauncherMessage.Request { CommandLine = ["gcc"], Compiler = "bin/gcc", WorkingDirectory = "/src" };
        Assert.Throws<WireFormatException>(() => RoundTrip(request));
        Assert.Throws<WireFormatException>(() => RoundTrip(request with { Compiler = "/bin/gcc", WorkingDirectory = "/src/../up" }));
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
        Assert.IsType<LauncherMessage.YieldRequest>(RoundTrip(new LauncherMessage.YieldRequest()));
        Assert.IsType<LauncherMessage.Yielded>(RoundTrip(new LauncherMessage.Yielded()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(null)]
    public void Statistics_survive_the_way(int? exitCode)
    {
        var record = new JobRecord
        {
            Subject = "a.c", Sources = ["a.c", "b.c"], Directory = "/src", Purpose = CommandPurpose.Question, Place = JobPlace.Cancelled, Worker = "w", ExitCode = exitCode,
            Kind = exitCode is null ? LocalOnlyKind.Lookups : null, Duration = TimeSpan.FromSeconds(2), Ended = DateTimeOffset.UnixEpoch,
            Timeline = JobTimeline.Empty.With(JobStep.Compile, TimeSpan.FromSeconds(1)),
        };
        var stay = new StayCount(CommandPurpose.Other, LocalOnlyKind.NotACompile, "it links", 4);
        var statistics = new JobStatistics
        {
            Remote = 7, Cancelled = 1, Compiles = 6, CompilesAway = 5, Questions = 2, Reasons = [new NamedCount("NoFarm", 3)], Stays = [stay], Recent = [record],
        };
        JobStatistics back = Assert.IsType<LauncherMessage.StatisticsReply>(RoundTrip(new LauncherMessage.StatisticsReply(statistics))).Statistics;
        Assert.Equal((7, 1, 6, 5, 2), (back.Remote, back.Cancelled, back.Compiles, back.CompilesAway, back.Questions));
        Assert.Equal(stay, Assert.Single(back.Stays));
        Assert.Equal(new NamedCount("NoFarm", 3), Assert.Single(back.Reasons));
        JobRecord only = Assert.Single(back.Recent);
        Assert.Equal(record.Sources.AsEnumerable(), only.Sources);
        Assert.Equal(record, only with { Timeline = record.Timeline, Sources = record.Sources });
        Assert.Equal(record.Timeline.Stretches.AsEnumerable(), only.Timeline.Stretches);
    }

    /// <summary>JSON has no words for them, and <c>icehost stats --json</c> would fail because of one job.</summary>
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void What_is_no_number_is_not_written_and_not_read(double number)
    {
        const double Mark = 1234.0625;
        Assert.Equal(0, PlacementIn(Reply(number)).Forecast);

        byte[] frame = LauncherCodec.Encode(Reply(Mark));
        var from = new byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleBigEndian(from, Mark);
        int at = frame.AsSpan().IndexOf(from);
        Assert.True(at > 0);
        BinaryPrimitives.WriteDoubleBigEndian(frame.AsSpan(at), number);
        Assert.Throws<WireFormatException>(() => LauncherCodec.Decode(frame.AsMemory(LauncherCodec.HeaderSize)));
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

    private static LauncherMessage.StatisticsReply Reply(double forecast) => new(new JobStatistics
    {
        Recent = [new JobRecord { Subject = "a.c", Place = JobPlace.Remote, Placement = new JobPlacement(forecast, 1, ForecastBasis.Command, true, []) }],
    });

    private static JobPlacement PlacementIn(LauncherMessage message) =>
        Assert.Single(Assert.IsType<LauncherMessage.StatisticsReply>(RoundTrip(message)).Statistics.Recent).Placement!;

    private static LauncherMessage RoundTrip(LauncherMessage message)
    {
        byte[] frame = LauncherCodec.Encode(message);
        Assert.Equal(frame.Length - LauncherCodec.HeaderSize, LauncherCodec.ReadHeader(frame));
        return LauncherCodec.Decode(frame.AsMemory(LauncherCodec.HeaderSize));
    }
}
