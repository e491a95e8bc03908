using IceCream.Jobs;

namespace IceCream.Tests.Monitoring;

/// <summary>Events as tests want them.</summary>
internal static class Events
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    public static JobId Id(long number, string agent = "ada@desk") => new(agent, number);

    public static JobBegun Begun(long number, string folder = "/home/ada/tree", double second = 0, string agent = "ada@desk", string build = "") => new()
    {
        At = Noon.AddSeconds(second), Job = Id(number, agent), User = agent.Split('@')[0], Subject = $"{number}.cc", Directory = folder, Build = build,
    };

    public static JobStepBegun Step(long number, JobStep step = JobStep.Send, string worker = "w1", double second = 0, string agent = "ada@desk") =>
        new() { At = Noon.AddSeconds(second), Job = Id(number, agent), Step = step, Worker = worker };

    public static JobFinished Finished(
        long number, string folder = "/home/ada/tree", double second = 1, double compile = 1, JobPlace place = JobPlace.Remote, string agent = "ada@desk", string build = "",
        string reason = "", int exit = 0, CommandPurpose purpose = CommandPurpose.Compile) => new()
        {
            At = Noon.AddSeconds(second),
            Job = Id(number, agent),
            User = agent.Split('@')[0],
            Build = build,
            Cpu = TimeSpan.FromSeconds(compile * 0.9),
            PeakMemory = 1 << 20,
            Record = new JobRecord
            {
                Subject = $"{number}.cc",
                Directory = folder,
                Purpose = purpose,
                Place = place,
                Worker = place == JobPlace.Remote ? "w1" : "",
                Reason = reason,
                Kind = reason.Length > 0 ? LocalOnlyKind.UnknownFlag : null,
                ExitCode = exit,
                Duration = TimeSpan.FromSeconds(compile + 0.1),
                Ended = Noon.AddSeconds(second),
                Timeline = JobTimeline.Empty.With(JobStep.Read, TimeSpan.FromSeconds(0.1)).With(place == JobPlace.Remote ? JobStep.Compile : JobStep.LocalCompile, TimeSpan.FromSeconds(compile)),
            },
        };
}
