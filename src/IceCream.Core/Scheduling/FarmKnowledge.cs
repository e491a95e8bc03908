using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>What is known of a worker beyond its connection.</summary>
internal sealed class KnownWorker
{
    public SpeedCurve Speed { get; init; } = new();

    public WorkerHealth Health { get; init; } = new();

    /// <summary>Why its owner wants it to take no jobs; null while it may.</summary>
    public string? Drained { get; set; }

    /// <summary>When it was last heard of, by a count that only grows.</summary>
    public long Used { get; set; }
}

/// <summary>
/// What a scheduler has learned of its farm, and keeps when it starts anew: what commands cost, how fast workers are, which of them are set aside.
/// Speeds are relative: 1 is the average worker, and costs are in its seconds. Bounded. Not thread-safe.
/// </summary>
internal sealed class FarmKnowledge
{
    /// <summary>How many workers are remembered.</summary>
    public const int MostWorkers = 16 << 10;

    /// <summary>A file of it is no longer than this, in bytes.</summary>
    public const long MostBytes = 16 << 20;

    /// <summary>A compile that took less says more of the machine's mood than of its speed.</summary>
    private const double Telling = 0.02;

    private const int LongestReason = 200, LongestName = 256;
    private readonly Dictionary<string, KnownWorker> workers = new(StringComparer.Ordinal);
    private double levels;
    private int measured;
    private long clock;

    /// <summary>What a file of it begins with. The number is the version of what follows.</summary>
    public static ReadOnlySpan<byte> Header => "icecream farm 1\n"u8;

    public CostBook Costs { get; private init; } = new();

    private double Mean => measured == 0 ? 0 : levels / measured;

    /// <summary>What is known of a worker; from now on it is remembered.</summary>
    public KnownWorker Of(string worker)
    {
        if (!workers.TryGetValue(worker, out KnownWorker? known))
        {
            if (workers.Count >= MostWorkers)
            {
                Forget();
            }

            workers.Add(worker, known = new KnownWorker());
        }

        known.Used = ++clock;
        return known;
    }

    /// <summary>How fast a worker does each of so many jobs, where the average worker has 1. One that was never seen at work counts as average.</summary>
    public double SpeedOf(KnownWorker worker, int running) => worker.Speed.Jobs == 0 ? 1 : Math.Exp(worker.Speed.At(running) - Mean);

    /// <summary>A compile has ended well on a worker.</summary>
    public void Learn(KnownWorker worker, CostReport report)
    {
        double seconds = report.Usage.Wall.TotalSeconds;
        if (seconds <= 0)
        {
            // A worker with a compiler of its own that does not measure.
            return;
        }

        JobForecast expected = Costs.Predict(report.Keys);
        if (expected.Basis != ForecastBasis.Default && seconds >= Telling)
        {
            bool isFirst = worker.Speed.Jobs == 0;
            double before = worker.Speed.Level;
            worker.Speed.Learn(
                report.Running, Math.Log(expected.Seconds / seconds) + Mean, expected.Basis == ForecastBasis.Command ? SpeedCurve.OfCommand : SpeedCurve.OfGroup);
            levels += worker.Speed.Level - before;
            measured += isFirst ? 1 : 0;
        }

        // By the speed as it is known now: what has surprised is laid to the worker first, whose other jobs will tell.
        Costs.Learn(report.Keys, seconds * SpeedOf(worker, report.Running), report.Usage.PeakMemory);
    }

    /// <summary>Takes over a worker's speed from somebody who was told it before, where nothing is known of it here. The first job counts as much.</summary>
    public void Adopt(KnownWorker worker, int running, double speed)
    {
        if (worker.Speed.Jobs == 0)
        {
            worker.Speed.Learn(running, Math.Log(speed), SpeedCurve.OfCommand);
            levels += worker.Speed.Level;
            measured++;
        }
    }

    /// <summary>A job was not done yet on a worker when it would have been, were the worker faster than this.</summary>
    /// <returns>Whether that is slower than what is known of it.</returns>
    public bool LearnAtMost(KnownWorker worker, int running, double speed)
    {
        if (SpeedOf(worker, running) <= speed)
        {
            return false;
        }

        bool isFirst = worker.Speed.Jobs == 0;
        double before = worker.Speed.Level;
        worker.Speed.Learn(running, Math.Log(speed) + Mean, SpeedCurve.OfCommand);
        levels += worker.Speed.Level - before;
        measured += isFirst ? 1 : 0;
        return true;
    }

    /// <summary>Writes all of it, <see cref="Header"/> first.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(Header);
        Costs.Save(writer);
        writer.Write(workers.Count);
        foreach ((string name, KnownWorker known) in workers.OrderBy(static worker => worker.Value.Used))
        {
            writer.Write(name);
            writer.Write(known.Drained ?? "");
            writer.Write(known.Drained is not null);
            known.Speed.Save(writer);
            known.Health.Save(writer);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote after the header.</summary>
    /// <exception cref="InvalidDataException">It is no such thing.</exception>
    /// <exception cref="EndOfStreamException">It is cut short.</exception>
    public static FarmKnowledge Load(BinaryReader reader)
    {
        var knowledge = new FarmKnowledge { Costs = CostBook.Load(reader) };
        int count = reader.ReadInt32();
        if (count is < 0 or > MostWorkers)
        {
            throw new InvalidDataException($"it counts {count} workers, where at most {MostWorkers} are kept");
        }

        for (int i = 0; i < count; i++)
        {
            string name = reader.ReadString(), reason = reader.ReadString();
            bool isDrained = reader.ReadBoolean();
            if (name.Length is 0 or > LongestName || reason.Length > LongestReason || knowledge.workers.ContainsKey(name))
            {
                throw new InvalidDataException("a worker in it is none");
            }

            var known = new KnownWorker { Drained = isDrained ? reason : null, Speed = SpeedCurve.Load(reader), Health = WorkerHealth.Load(reader), Used = ++knowledge.clock };
            knowledge.workers.Add(name, known);
            knowledge.levels += known.Speed.Jobs > 0 ? known.Speed.Level : 0;
            knowledge.measured += known.Speed.Jobs > 0 ? 1 : 0;
        }

        return knowledge;
    }

    /// <summary>A reason as it is kept.</summary>
    public static string Cut(string reason) => ShortText.Cut(reason, LongestReason);

    /// <summary>Forgets a quarter of those that were not heard of for longest. What an owner said is forgotten last.</summary>
    private void Forget()
    {
        foreach ((string name, KnownWorker known) in workers.OrderBy(static worker => (worker.Value.Drained is not null, worker.Value.Used)).Take(MostWorkers / 4).ToArray())
        {
            workers.Remove(name);
            levels -= known.Speed.Jobs > 0 ? known.Speed.Level : 0;
            measured -= known.Speed.Jobs > 0 ? 1 : 0;
        }
    }
}
