using IceCream.Host.Live;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Host.Tests.Live;

public sealed class BuildProgressTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly BuildProgress _build = new(static begun => begun.User == "ada");

    [Fact]
    public void It_counts_what_is_done_and_says_where_the_rest_is()
    {
        Assert.Equal("no build yet", _build.Line(Now));
        Begin(1);
        Begin(2);
        Begin(3);
        Begin(4);
        Step(1, JobStep.Send, "blade");
        Step(2, JobStep.Lease);
        Step(3, JobStep.LocalCompile);
        End(4, JobPlace.Cached);
        Assert.Equal("1 job done in 7 s; now 1 on workers, 1 waiting, 1 here; 1 known", _build.Line(Now.AddSeconds(7)));
        End(1, JobPlace.Remote, "blade");
        End(3, JobPlace.Local, exitCode: 1);
        Assert.Equal("3 jobs done in 7 s; now 1 waiting; 1 known; 1 failed", _build.Line(Now.AddSeconds(7)));
        Assert.Equal(1, _build.Workers["blade"]);
    }

    [Fact]
    public void Jobs_of_others_and_questions_do_not_count()
    {
        _build.Hear(new JobBegun { At = Now, Job = new JobId("eve@den", 1), User = "eve", Subject = "x.c" }, Now);
        _build.Hear(new JobBegun { At = Now, Job = new JobId("ada@desk", 2), User = "ada", Subject = "--version", Purpose = CommandPurpose.Question }, Now);
        Assert.Equal((0, 0), (_build.Running, _build.Done));
    }

    [Fact]
    public void A_build_after_a_pause_is_another_one()
    {
        Begin(1);
        End(1, JobPlace.Remote, "blade");
        Assert.False(_build.IsResting(Now.AddSeconds(5)));
        Assert.True(_build.IsResting(Now.AddSeconds(60)));
        Assert.Equal("1 job done in 0 s", _build.Line(Now.AddSeconds(60)));
        _build.Hear(Begun(2), Now.AddSeconds(60));
        Assert.Equal(0, _build.Done);
    }

    [Fact]
    public void A_clock_that_is_set_back_joins_no_builds_and_makes_no_time_negative()
    {
        _build.Remember("/src", 20);
        for (int i = 0; i < 10; i++)
        {
            Begin(i);
            End(i, JobPlace.Remote, "blade");
        }

        Begin(10);
        Assert.Equal("10 of about 20 jobs done in 0 s; now 1 here; about 0 s left", _build.Line(Now.AddHours(-1)));
        End(10, JobPlace.Remote, "blade");
        Assert.True(_build.IsResting(Now.AddHours(-1)));
        _build.Hear(Begun(11), Now.AddHours(-1));
        Assert.Equal(0, _build.Done);
    }

    [Fact]
    public void The_end_is_told_by_what_the_same_build_had_the_last_time()
    {
        _build.Remember("/elsewhere", 7);
        _build.Remember("/src", 20);
        for (int i = 0; i < 10; i++)
        {
            Begin(i);
            End(i, JobPlace.Remote, "blade");
        }

        Begin(10);
        Assert.Equal(0.5, _build.Part);
        Assert.Equal("10 of about 20 jobs done in 8 s; now 1 here; about 8 s left", _build.Line(Now.AddSeconds(8)));
        _build.Remember("/src", 5);
        Assert.Null(_build.Part);
        Assert.Equal("10 jobs done in 8 s; now 1 here", _build.Line(Now.AddSeconds(8)));
    }

    [Fact]
    public void The_line_at_the_bottom_fits_and_moves_no_cursor_of_a_command()
    {
        string written = StatusLine.Write("much\u001b[2J too long for this", 10, 24, hasColours: false);
        Assert.Equal("\u001b7\u001b[24;1H\u001b[2Kmuch?[2J…\u001b8", written);
        Assert.Contains("\u001b[1;23r", StatusLine.Begin(24), StringComparison.Ordinal);
        Assert.Contains("\u001b[r", StatusLine.End(24), StringComparison.Ordinal);
    }

    private static JobBegun Begun(int number) => new() { At = Now, Job = new JobId("ada@desk", number), User = "ada", Subject = $"{number}.c", Directory = "/src" };

    private void Begin(int number) => _build.Hear(Begun(number), Now);

    private void Step(int number, JobStep step, string worker = "") =>
        _build.Hear(new JobStepBegun { At = Now, Job = new JobId("ada@desk", number), Step = step, Worker = worker }, Now);

    private void End(int number, JobPlace place, string worker = "", int exitCode = 0) => _build.Hear(
        new JobFinished { At = Now, Job = new JobId("ada@desk", number), User = "ada", Record = new JobRecord { Subject = "", Place = place, Worker = worker, ExitCode = exitCode } },
        Now);
}
