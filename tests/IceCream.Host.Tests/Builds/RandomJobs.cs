using FsCheck;
using FsCheck.Fluent;
using IceCream.Jobs;

namespace IceCream.Host.Tests.Builds;

/// <summary>Jobs as an agent may have had them, and as a clock that was set back tells them.</summary>
internal static class RandomJobs
{
    public static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static Arbitrary<JobRecord[]> Builds { get; } = Job().ArrayOf().ToArbitrary();

    public static JobRecord Job(string subject, double began, double seconds, string worker = "", params (JobStep Step, double Seconds)[] stretches) => new()
    {
        Subject = subject,
        Directory = "/home/ada/project/out",
        Place = worker.Length > 0 ? JobPlace.Remote : JobPlace.Local,
        Worker = worker,
        Reason = worker.Length > 0 ? "" : "it links",
        ExitCode = 0,
        Duration = TimeSpan.FromSeconds(seconds),
        Ended = Noon.AddSeconds(began + seconds),
        Timeline = new JobTimeline([.. stretches.Select(static stretch => new JobStretch(stretch.Step, TimeSpan.FromSeconds(stretch.Seconds)))]),
    };

    private static Gen<JobRecord> Job() =>
        from ended in Gen.Choose(0, 20_000_000)
        from duration in Gen.Choose(0, 5_000_000)
        from worker in Gen.Elements("", "", "blade1", "blade2", "<b>&\u001b")
        from place in Gen.Elements(Enum.GetValues<JobPlace>())
        from purpose in Gen.Elements(Enum.GetValues<CommandPurpose>())
        from subject in Gen.Elements("a.c", "lib/b.cpp", "</title><script>alert(1)</script>\u0000\u001b[2J")
        from stretches in Stretch().ArrayOf()
        select new JobRecord
        {
            Subject = subject,
            Directory = "/home/ada/project/out",
            Place = place,
            Purpose = purpose,
            Worker = worker,
            Reason = place == JobPlace.Local ? subject : "",
            ExitCode = 0,
            Duration = TimeSpan.FromMicroseconds(duration),
            Ended = Noon + TimeSpan.FromMicroseconds(ended),
            Timeline = new JobTimeline([.. stretches]),
        };

    private static Gen<JobStretch> Stretch() =>
        from step in Gen.Elements(Enum.GetValues<JobStep>())
        from ticks in Gen.Choose(-10, 20_000_000)
        select new JobStretch(step, TimeSpan.FromTicks(ticks));
}
