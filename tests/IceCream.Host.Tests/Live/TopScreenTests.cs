using IceCream.Host.Live;
using IceCream.Jobs;
using Spectre.Console;
using Xunit;

namespace IceCream.Host.Tests.Live;

public sealed class TopScreenTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FarmView _farm = new();

    public TopScreenTests()
    {
        _farm.See(new FarmStatus
        {
            Network = "ICECREAM",
            Nodes =
            [
                new NodeInfo { Name = "ada@desk", Platform = "x86_64", State = "agent", Waiting = 1 },
                new NodeInfo { Name = "blade1", Platform = "x86_64", Slots = 4, Running = 1, SpeedJobs = 9, Speed = 1.25, Load = new NodeLoad(1, 700, 0, 3L << 30) },
                new NodeInfo { Name = "blade2", Platform = "x86_64", Slots = 2, Running = 2, State = "full" },
            ],
        });
        var first = new JobId("ada@desk", 1);
        var second = new JobId("ada@desk", 2);
        Hear(new JobBegun { At = Now.AddSeconds(-3), Job = first, User = "ada", Subject = "src/slow[0].cpp" });
        Hear(new JobStepBegun { At = Now.AddSeconds(-2), Job = first, Step = JobStep.Send, Worker = "blade2" });
        Hear(new JobBegun { At = Now.AddSeconds(-1), Job = second, User = "ada", Subject = "src/next\u001b[2J.cpp" });
        Hear(new JobStepBegun { At = Now.AddSeconds(-1), Job = second, Step = JobStep.Lease });
        for (int i = 3; i < 23; i++)
        {
            Hear(new JobFinished
            {
                At = Now, Job = new JobId("eve@den", i), User = "eve", Record = new JobRecord { Subject = "x.c", Place = i < 8 ? JobPlace.Cached : JobPlace.Remote },
            });
        }
    }

    [Fact]
    public void It_shows_the_farm_its_nodes_users_and_jobs()
    {
        string[] lines = Lines(100, 30);
        Assert.Equal("ICECREAM: 2 workers, 3 of 6 slots taken, 1 job waiting, 2.0 jobs/s, 25 % known", lines[0]);
        Assert.Matches(@"^blade1 +x86_64 +█░░░ +1/4 +1\.25 +70 % +3\.0G free +ready$", Line(lines, "blade1"));
        Assert.Matches(@"^ada@desk +x86_64 +1 waiting +agent$", Line(lines, "ada@desk"));
        Assert.Matches(@"^ada +1 +1 +0$", Line(lines, "ada "));
        Assert.Matches(@"^eve +0 +0 +20$", Line(lines, "eve"));
        Assert.Matches(@"^src/slow\[0\]\.cpp +ada +blade2 +2\.0 s$", Line(lines, "src/slow"));
        Assert.Matches(@"^src/next.\[2J\.cpp +ada +waiting for a slot of a worker +1\.0 s$", Line(lines, "src/next"));
        Assert.Equal("q end   s sort by running   h help", lines[^1]);
    }

    [Theory]
    [InlineData(100, 30)]
    [InlineData(100, 12)]
    [InlineData(40, 8)]
    [InlineData(20, 4)]
    public void Every_size_is_filled_and_not_left(int width, int height)
    {
        string[] lines = Lines(width, height);
        Assert.Equal(height, lines.Length);
        Assert.All(lines, line => Assert.True(line.Length < width, line));
        Assert.StartsWith("q end", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_are_sorted_as_asked_and_the_rest_counted()
    {
        Assert.Equal("blade2", NodeOrder.Running.Sort(_farm.Status!.Nodes).First().Name);
        Assert.Equal("blade1", NodeOrder.Speed.Sort(_farm.Status!.Nodes).First().Name);
        Assert.Equal("blade1", NodeOrder.Pressure.Sort(_farm.Status!.Nodes).First().Name);
        Assert.Equal(NodeOrder.Name, NodeOrder.Pressure.Next());
        _farm.See(_farm.Status with { Nodes = [.. Enumerable.Range(0, 2000).Select(static i => new NodeInfo { Name = $"node{i:0000}", Slots = 1 })] });
        Assert.Contains(Lines(100, 30), static line => line.StartsWith("… 19", StringComparison.Ordinal));
    }

    [Fact]
    public void Colours_are_shown_where_they_are_wanted()
    {
        Assert.DoesNotContain('\u001b', string.Concat(Lines(100, 30)));
        Assert.Contains("\u001b[38;5;", string.Concat(Lines(100, 30, ColorSystemSupport.EightBit)), StringComparison.Ordinal);
        Assert.Equal(ColorSystemSupport.NoColors, Colours(("TERM", "xterm-256color"), ("NO_COLOR", "1")));
        Assert.Equal(ColorSystemSupport.EightBit, Colours(("TERM", "xterm-256color")));
        Assert.Equal(ColorSystemSupport.Standard, Colours(("TERM", "xterm"), ("NO_COLOR", "")));
        Assert.Equal(ColorSystemSupport.NoColors, Colours(("TERM", "dumb")));
    }

    [Fact]
    public void Rates_forget_and_losses_are_told()
    {
        Assert.Equal(2.0, _farm.Rate(Now));
        Assert.Equal(0.0, _farm.Rate(Now.AddSeconds(11)));
        _farm.Hear(new JobEventsLost { At = Now, Count = 5 }, Now.AddMinutes(2));
        Assert.Null(_farm.Known);
        Assert.Contains("5 events lost", TopScreen.Line(_farm, Now.AddMinutes(2)), StringComparison.Ordinal);
        _farm.Hear(new JobsForgotten { At = Now }, Now);
        Assert.Empty(_farm.Jobs);
    }

    private static ColorSystemSupport Colours(params (string Name, string Value)[] variables) =>
        LiveScreen.Colours(name => variables.FirstOrDefault(variable => variable.Name == name).Value);

    private static string Line(string[] lines, string beginning) => Assert.Single(lines, line => line.StartsWith(beginning, StringComparison.Ordinal));

    private string[] Lines(int width, int height, ColorSystemSupport colours = ColorSystemSupport.NoColors) =>
        [.. Frame.Of(TopScreen.Render(_farm, NodeOrder.Name, isHelp: false, height, Now), TopScreen.Footer(NodeOrder.Name), width, height, colours).Lines];

    private void Hear(JobEvent happened) => _farm.Hear(happened, Now);
}
