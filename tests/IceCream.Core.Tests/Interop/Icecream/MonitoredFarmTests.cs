using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using IceCream.Interop.Icecream;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Interop.Icecream;

/// <summary>What monitors are told, whatever happens and in whatever order.</summary>
public sealed class MonitoredFarmTests
{
    private static readonly JobId One = new("ada@desk", 1);

    private readonly MonitoredFarm _farm = new();

    [Fact]
    public void An_agent_and_the_worker_of_its_machine_are_one_host()
    {
        IReadOnlyList<MonitorMessage> said = _farm.See([Agent("ada@desk"), Worker("blade"), Worker("desk")]);
        Assert.Equal(["blade", "desk"], said.Cast<MonitorMessage.HostStats>().Select(NameOf));
        Hear(RecordedSessions.Begun(One, "/home/ada/src/lib/a.c"));
        var waits = Assert.IsType<MonitorMessage.JobWaits>(Assert.Single(Hear(RecordedSessions.Step(One, JobStep.Lease))));
        Assert.Equal((2u, "src/lib/a.c", ClassicLanguage.C), (waits.Client, waits.File, waits.Language));
    }

    [Fact]
    public void An_agent_alone_is_a_host_that_takes_no_jobs()
    {
        var stats = (MonitorMessage.HostStats)Assert.Single(_farm.See([Agent("ada@desk")]));
        Assert.Contains("Name:ada@desk\n", stats.Text, StringComparison.Ordinal);
        Assert.Contains("MaxJobs:0\nNoRemote:true\n", stats.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_that_another_worker_gets_has_ended_at_the_first()
    {
        _farm.See([Agent("ada@desk"), Worker("one"), Worker("two")]);
        Hear(RecordedSessions.Begun(One, "a.cpp"));
        Assert.Equal(2, Hear(RecordedSessions.Step(One, JobStep.Send, "one")).Count);
        Assert.Collection(
            Hear(RecordedSessions.Step(One, JobStep.Send, "two")),
            message => Assert.Equal(JobFigures.HostGone, ((MonitorMessage.JobEnds)message).Figures.ExitCode),
            message => Assert.IsType<MonitorMessage.JobWaits>(message),
            message => Assert.Equal(3u, ((MonitorMessage.JobBegins)message).Host));
        Assert.IsType<MonitorMessage.JobEnds>(Assert.Single(Hear(RecordedSessions.Finished(One, JobPlace.Remote))));
        Assert.Equal(0, _farm.Jobs);
    }

    [Fact]
    public void A_job_whose_result_is_known_is_not_told_and_neither_is_a_question()
    {
        _farm.See([Agent("ada@desk")]);
        Hear(RecordedSessions.Begun(One, "a.cpp"));
        Assert.Empty(Hear(RecordedSessions.Finished(One, JobPlace.Cached)));
        Hear(RecordedSessions.Begun(One, "gcc --version") with { Purpose = CommandPurpose.Question });
        Assert.Empty(Hear(RecordedSessions.Step(One, JobStep.LocalCompile)));
    }

    [Fact]
    public void A_job_that_waited_and_runs_at_home_begins_there()
    {
        _farm.See([Worker("desk"), Agent("ada@desk")]);
        Hear(RecordedSessions.Begun(One, "a.cpp"));
        Hear(RecordedSessions.Step(One, JobStep.Lease));
        Assert.Equal(1u, ((MonitorMessage.JobBegins)Assert.Single(Hear(RecordedSessions.Step(One, JobStep.LocalCompile)))).Host);
        var ends = (MonitorMessage.JobEnds)Assert.Single(Hear(RecordedSessions.Finished(One, JobPlace.Local, exitCode: 1)));
        Assert.Equal(1, ends.Figures.ExitCode);
    }

    [Theory]
    [InlineData("a\nLoad:0\nName:b", "Name:a?Load:0?Name:b\n")]
    [InlineData("\u001b[2Jnode", "Name:?[2Jnode\n")]
    [InlineData("<b>node</b>", "Name:<b>node</b>\n")]
    public void A_name_stays_in_its_line(string name, string line)
    {
        var stats = (MonitorMessage.HostStats)Assert.Single(_farm.See([Worker(name)]));
        Assert.StartsWith(line, stats.Text, StringComparison.Ordinal);
        Assert.Equal(9, stats.Text.Count('\n'));
    }

    [Theory]
    [InlineData("ready", 400, 100, 400)]
    [InlineData("ready", -1, -1, 0)]
    [InlineData("drained", 0, 0, 1000)]
    [InlineData("quarantined", 0, 0, 1000)]
    public void Load_says_what_a_node_has_left(string state, int processors, int memory, int expected)
    {
        NodeInfo node = Worker("node") with { State = state, Load = new NodeLoad(0, processors, memory, 3L << 30), Speed = 1.5, SpeedJobs = 4 };
        var stats = (MonitorMessage.HostStats)Assert.Single(_farm.See([node]));
        Assert.EndsWith($"Speed:150.000000\nLoad:{expected}\nFreeMem:3072\n", stats.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_has_not_changed_is_not_told_again()
    {
        Assert.Single(_farm.See([Worker("one")]));
        Assert.Empty(_farm.See([Worker("one")]));
        Assert.Single(_farm.See([Worker("one") with { Slots = 3 }]));
    }

    /// <summary>A monitor breaks on a host that it does not know, and shows a job for ever that has no end.</summary>
    [Property]
    public Property Hosts_come_before_jobs_jobs_wait_before_they_begin_and_all_end() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).ListOf().ToArbitrary(),
        steps =>
        {
            var farm = new MonitoredFarm();
            var monitor = new Monitor();
            foreach (int step in steps)
            {
                monitor.Hear(Happen(farm, step));
            }

            foreach (int job in Enumerable.Range(0, 6))
            {
                monitor.Hear(farm.Hear(RecordedSessions.Finished(JobOf(job), JobPlace.Remote)));
            }

            Assert.Equal((0, 0), (farm.Jobs, monitor.Jobs));
        });

    private static JobId JobOf(int number) => new(number % 2 == 0 ? "ada@w0" : "eve@desk", number);

    private static IReadOnlyList<MonitorMessage> Happen(MonitoredFarm farm, int step)
    {
        JobId job = JobOf(step / 10 % 6);
        switch (step % 10)
        {
            case 0 or 1:
                return farm.Hear(RecordedSessions.Begun(job, "a.c"));
            case 2:
                return farm.Hear(RecordedSessions.Step(job, JobStep.Lease));
            case 3 or 4:
                return farm.Hear(RecordedSessions.Step(job, JobStep.Send, $"w{step / 60 % 3}"));
            case 5:
                return farm.Hear(RecordedSessions.Step(job, JobStep.LocalCompile));
            case 6:
                return farm.Hear(RecordedSessions.Finished(job, JobPlace.Remote));
            case 7:
                return farm.Hear(new JobsForgotten { At = RecordedSessions.Started, Agent = step / 10 % 3 == 0 ? "" : job.Agent });
            default:
                NodeInfo[] all = [Agent("ada@w0"), Agent("eve@desk"), Worker("w0"), Worker("w1"), Worker("w2")];
                return farm.See([.. all.Where((_, i) => (step / 10 & 1 << i) != 0)]);
        }
    }

    private IReadOnlyList<MonitorMessage> Hear(JobEvent happened) => _farm.Hear(happened);

    private static string NameOf(MonitorMessage.HostStats stats) => stats.Text.Split('\n')[0]["Name:".Length..];

    private static NodeInfo Worker(string name) => new() { Name = name, Address = $"tcp://10.0.0.1:10245", Platform = "x86_64", Slots = 2 };

    private static NodeInfo Agent(string name) => new() { Name = name, Platform = "x86_64", State = "agent" };

    /// <summary>What icemon and icecream-sundae rely on.</summary>
    private sealed class Monitor
    {
        private readonly HashSet<uint> _hosts = [], _waiting = [], _running = [], _seen = [];

        public int Jobs => _waiting.Count + _running.Count;

        public void Hear(IEnumerable<MonitorMessage> messages)
        {
            foreach (MonitorMessage message in messages)
            {
                switch (message)
                {
                    case MonitorMessage.HostStats { Text: HostText.Offline } m:
                        Assert.True(_hosts.Remove(m.Host));
                        break;
                    case MonitorMessage.HostStats m:
                        _hosts.Add(m.Host);
                        break;
                    case MonitorMessage.JobWaits m:
                        Assert.Contains(m.Client, _hosts);
                        Assert.True(_seen.Add(m.Job));
                        _waiting.Add(m.Job);
                        break;
                    case MonitorMessage.JobBegins m:
                        Assert.Contains(m.Host, _hosts);
                        Assert.True(_waiting.Remove(m.Job));
                        _running.Add(m.Job);
                        break;
                    case MonitorMessage.LocalJobBegins m:
                        Assert.Contains(m.Host, _hosts);
                        Assert.True(_seen.Add(m.Job));
                        _running.Add(m.Job);
                        break;
                    case MonitorMessage.LocalJobEnds m:
                        Assert.True(_running.Remove(m.Job));
                        break;
                    case MonitorMessage.JobEnds m:
                        Assert.True(_running.Remove(m.Job) || _waiting.Remove(m.Job));
                        break;
                }
            }
        }
    }
}
