using System.Globalization;
using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Simulation;

namespace IceCream.Benchmarks.Scheduling;

/// <summary><c>./ice bench scheduler</c>: the placement policies against list scheduling with true durations, and what a decision costs.</summary>
internal static class SchedulingFigures
{
    private static readonly string[] Policies =
        [PlacementPolicies.ExpectedFinish, PlacementPolicies.Fastest, PlacementPolicies.LeastLoaded, PlacementPolicies.RoundRobin, PlacementPolicies.Icecream];

    public static int Print(ReadOnlySpan<string> arguments, TextWriter output, TextWriter error)
    {
        NamedOptions options;
        int farms, workers, jobs, largest;
        double window;
        RecordedCompile[]? recorded;
        try
        {
            options = new NamedOptions(arguments, "--farms", "--workers", "--jobs", "--window", "--largest", "--durations", "--svg");
            farms = options.Count("--farms", 9);
            workers = options.Count("--workers", 10);
            jobs = options.Count("--jobs", 500);
            window = options.Amount("--window", 1.3);
            largest = options.Count("--largest", 10_000);
            recorded = options.Text("--durations", "recorded") switch
            {
                "recorded" => RecordedCompile.All(),
                "lognormal" => null,
                var other => throw new ArgumentException($"--durations is 'recorded' or 'lognormal', not '{other}'"),
            };
        }
        catch (ArgumentException e)
        {
            error.WriteLine(e.Message);
            return 2;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{farms} farms (seeds 1 to {farms}) of {workers} workers, {jobs} {(recorded is null ? "compiles of lognormal duration" : $"of {recorded.Length} recorded compiles")}, -j {window:0.0} times the slots."));
        output.WriteLine("Wall time over that of list scheduling with true durations: median, worst.");
        output.WriteLine();
        string[] titles = ["first build", "the same again", "a third time", "one worker fails half", "one slows tenfold"];
        var rows = new List<(string Policy, (double Median, double Worst)[] Figures)>();
        output.WriteLine($"| policy | {string.Join(" | ", titles)} |");
        output.WriteLine("|---|---|---|---|---|---|");
        double wasted = 0;
        foreach (string policy in Policies)
        {
            var columns = new List<double>[] { [], [], [], [], [] };
            for (int seed = 1; seed <= farms; seed++)
            {
                wasted = Math.Max(wasted, Add(columns, policy, seed, workers, jobs, recorded, window));
            }

            output.WriteLine($"| {policy} | {string.Join(" | ", columns.Select(Describe))} |");
            rows.Add((policy, [.. columns.Select(static column => (column[column.Count / 2], column[^1]))]));
        }

        if (options.Text("--svg", "") is { Length: > 0 } picture)
        {
            SchedulingPlot.Write(picture, titles, rows);
        }

        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Done in vain, because jobs were raced: at most {wasted:0.0%} of a farm's work."));
        output.WriteLine("The last two columns are against the same farm without that worker.");
        output.WriteLine();
        output.WriteLine("| workers | grants and returns | µs of CPU each | µs of CPU for a job's report |");
        output.WriteLine("|---|---|---|---|");
        for (int count = 100; count <= largest; count *= 10)
        {
            (int decisions, double micros, double report) = Decide(count);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {count} | {decisions} | {micros:0.0} | {report:0.0} |"));
        }

        return 0;
    }

    /// <returns>The part of the work that was done in vain, at most.</returns>
    private static double Add(List<double>[] columns, string policy, int seed, int workers, int jobs, RecordedCompile[]? recorded, double window)
    {
        SimulatedWorker[] farm = SimulatedWorld.Farm(workers, new Random(seed));
        SimulatedJob[] build = recorded is null ? SimulatedWorld.Build(jobs, new Random(-seed)) : SimulatedWorld.Build(jobs, recorded, new Random(-seed));
        int largest = Array.IndexOf(farm, farm.MaxBy(static worker => worker.Speed));
        int all = (int)(farm.Sum(static worker => worker.Slots) * window);
        double best = ListScheduling.Build(farm, build, all);
        var healthy = new FarmSimulation(farm, policy, agents: 1, seed);
        columns[0].Add(healthy.Build(build, all) / best);
        columns[1].Add(healthy.Build(build, all) / best);
        columns[2].Add(healthy.Build(build, all) / best);

        // The fastest worker of all turns bad, once it is known to be the fastest: in the middle of the second build.
        double without = ListScheduling.Build([.. farm.Where((_, i) => i != largest)], build, all);
        var failing = new FarmSimulation(farm.Select((worker, i) => i == largest ? worker with { Failing = 0.5 } : worker), policy, agents: 1, seed);
        failing.Build(build, all);
        columns[3].Add(failing.Build(build, all) / without);
        var known = new FarmSimulation(farm, policy, agents: 1, seed);
        double first = known.Build(build, all);
        var slowing = new FarmSimulation(farm.Select((worker, i) => i == largest ? worker with { SlowFrom = first * 1.3 } : worker), policy, agents: 1, seed);
        slowing.Build(build, all);
        columns[4].Add(slowing.Build(build, all) / without);
        return Math.Max(healthy.Wasted, slowing.Wasted);
    }

    /// <summary>Grants and returns on a farm that is known, half of it leased.</summary>
    private static (int Decisions, double Micros, double Report) Decide(int workers)
    {
        const int Slots = 16, Agents = 100, Rounds = 5000;
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var scheduler = new SchedulerState(new SchedulerOptions(), PlacementPolicies.Create(PlacementPolicies.ExpectedFinish, new Random(1)));
        var random = new Random(1);
        for (int i = 0; i < workers; i++)
        {
            scheduler.Apply(new WorkerJoined(now, $"w{i}", FarmAddress.Memory($"w{i}"), "x86_64", Slots, new byte[32]));
        }

        int wanted = Math.Min(4000, workers * Slots / Agents / 2);
        for (int i = 0; i < Agents; i++)
        {
            scheduler.Apply(new AgentJoined(now, $"a{i}", $"u{i % 40}", "x86_64", []));
            scheduler.Apply(new DemandChanged(now, $"a{i}", wanted));
        }

        Report(3 * workers);

        // Others' load is not the scheduler's: what counts is its own time on a processor, and not what the runtime compiles at first.
        Work(Rounds / 5);
        TimeSpan began = Environment.CpuUsage.TotalTime;
        int decisions = Work(Rounds);
        double each = (Environment.CpuUsage.TotalTime - began).TotalMicroseconds / Math.Max(1, decisions);
        const int Reports = 50_000;
        began = Environment.CpuUsage.TotalTime;
        Report(Reports);
        return (decisions, each, (Environment.CpuUsage.TotalTime - began).TotalMicroseconds / Reports);

        void Report(int count)
        {
            for (int i = 0; i < count; i++)
            {
                scheduler.Apply(new JobEnded(now, $"w{i % workers}", new CostReport
                {
                    Lease = 0, Keys = new CostKeys((ulong)(i % 5000), 1), Outcome = JobOutcome.Compiled, Usage = new JobUsage(default, TimeSpan.FromSeconds(0.5 + random.NextDouble()), 0),
                }));
            }
        }

        int Work(int rounds)
        {
            int done = 0;
            for (int round = 0; round < rounds; round++)
            {
                string agent = $"a{round % Agents}";
                foreach (LeaseGranted grant in scheduler.Apply(new DemandChanged(now, agent, wanted + 1)).OfType<LeaseGranted>())
                {
                    scheduler.Apply(new DemandChanged(now, agent, wanted));
                    scheduler.Apply(new LeaseReturned(now, agent, grant.Lease.Id));
                    done += 2;
                }
            }

            return done;
        }
    }

    private static string Describe(List<double> ratios)
    {
        ratios.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{ratios[ratios.Count / 2]:0.00}, {ratios[^1]:0.00}");
    }
}
