using IceCream.Host.Live;
using IceCream.Jobs;
using Spectre.Console;
using Xunit;

namespace IceCream.Host.Tests.Live;

public sealed class WatchScreenTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly BuildProgress _build = new(static _ => true);

    [Fact]
    public void It_shows_how_far_the_build_is_by_whom_and_what_is_under_way()
    {
        _build.Remember("/src", 4);
        for (int i = 1; i <= 3; i++)
        {
            _build.Hear(new JobBegun { At = Now, Job = new JobId("ada@desk", i), User = "ada", Subject = $"{i}.cpp", Directory = "/src" }, Now);
        }

        _build.Hear(new JobStepBegun { At = Now, Job = new JobId("ada@desk", 2), Step = JobStep.Send, Worker = "blade" }, Now);
        _build.Hear(new JobFinished { At = Now, Job = new JobId("ada@desk", 1), Record = new JobRecord { Subject = "", Place = JobPlace.Remote, Worker = "blade", ExitCode = 0 } }, Now);
        string[] lines = Lines(60, 12);
        Assert.Equal("/src", lines[0]);
        Assert.Equal("1 of about 4 jobs done in 3 s; now 1 on workers, 1 here", lines[1]);
        Assert.Matches("^█{12}░{38} 25 %$", lines[2]);
        Assert.Equal("done by blade 1", lines[3]);
        Assert.Equal("   3.0 s  2.cpp  blade", lines[5]);
        Assert.Equal("   3.0 s  3.cpp", lines[6]);
        Assert.Equal("q end", lines[^1]);
    }

    [Theory]
    [InlineData(20, 4)]
    [InlineData(80, 24)]
    public void Every_size_is_filled_and_not_left(int width, int height)
    {
        for (int i = 0; i < 100; i++)
        {
            _build.Hear(new JobBegun { At = Now, Job = new JobId("ada@desk", i), User = "ada", Subject = new string('x', i), Directory = "/src" }, Now);
        }

        string[] lines = Lines(width, height);
        Assert.Equal(height, lines.Length);
        Assert.All(lines, line => Assert.True(line.Length < width, line));
        Assert.Equal("q end", lines[^1]);
    }

    private string[] Lines(int width, int height) =>
        [.. Frame.Of(WatchScreen.Render(_build, null, width, height, Now.AddSeconds(3)), WatchScreen.Footer(), width, height, ColorSystemSupport.NoColors).Lines];
}
