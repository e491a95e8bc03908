using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>What is known of a worker beyond its connection.</summary>
internal sealed class KnownWorker
{
    public SpeedCurve Speed { get; init; } = new();

    public WorkerHealth Health { get; init; } = new();

    /// <summary>The reason for which its owner has drained it; null while it may take jobs.</summary>
    public string? Drained { get; set; }

    /// <summary>When it was last used, as a count that only grows.</summary>
    public long Used { get; set; }
}

/// <summary>
/// What a scheduler has learned of its farm and keeps across restarts: the costs of commands, the speeds of workers, the workers in quarantine.
/// Speeds are relative: 1 is the average worker, and costs are in seconds of it. Bounded. Not thread-safe.
/// </summary>
internal sealed class FarmKnowledge
{
    /// <summary>The most workers that are remembered.</summary>
    public const int MostWorkers = 16 << 10;

    /// <summary>The most names of workers that may be drained while no such worker is here.</summary>
    public const int MostAbsent = 1024;

    /// <summary>The maximum length of its file, in bytes: what it holds at most, with the longest names and reasons, has two thirds of that.</summary>
    public const long MostBytes = 32 << 20;

    /// <summary>A compile that took fewer seconds is dominated by noise and says little about the machine's speed.</summary>
    private const double Telling = 0.02;

    private const int LongestReason = 200, LongestName = 256;
    private readonly Dictionary<string, KnownWorker> workers = new(StringComparer.Ordinal);
    private double levels;
    private int measured;
    private long clock;

    /// <summary>The first bytes of its file. The number is the version of the format.</summary>
    public static ReadOnlySpan<byte> Header => "icecream farm 1\n"u8;

    public CostBook Costs { get; private init; } = new();

    private double Mean => measured == 0 ? 0 : levels / measured;

    /// <summary>What is known of a worker; an unknown worker is added.</summary>
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

    /// <summary>The speed of a worker for each of this many concurrent jobs, where the average worker has 1. A worker without a measurement counts as average.</summary>
    public double SpeedOf(KnownWorker worker, int running) => worker.Speed.Jobs == 0 ? 1 : Math.Exp(worker.Speed.At(running) - Mean);

    /// <summary>Learns from a compile that has succeeded on a worker.</summary>
    public void Learn(KnownWorker worker, CostReport report)
    {
        double seconds = report.Usage.Wall.TotalSeconds;
        if (seconds <= 0)
        {
            // The worker has its own executor, which does not measure.
            return;
        }

        JobForecast expected = Costs.Predict(report.Keys);
        if (expected.Basis != ForecastBasis.Default && seconds >= Telling)
        {
            Note(worker, report.Running, Math.Log(expected.Seconds / seconds) + Mean, expected.Basis == ForecastBasis.Command ? SpeedCurve.OfCommand : SpeedCurve.OfGroup);
        }

        // Uses the speed as just updated: a surprising duration is attributed to the worker first, because its other jobs will correct that.
        Costs.Learn(report.Keys, seconds * SpeedOf(worker, report.Running), report.Usage.PeakMemory);
    }

    /// <summary>Takes over a worker's speed that was told earlier, when nothing is known of it here. It has the weight of one job.</summary>
    public void Adopt(KnownWorker worker, int running, double speed)
    {
        if (worker.Speed.Jobs == 0)
        {
            Note(worker, running, Math.Log(speed), SpeedCurve.OfCommand);
        }
    }

    /// <summary>Learns that a worker had not finished a job in the time that a worker of this speed would have needed.</summary>
    /// <returns>Whether that is slower than the known speed.</returns>
    public bool LearnAtMost(KnownWorker worker, int running, double speed)
    {
        if (SpeedOf(worker, running) <= speed)
        {
            return false;
        }

        Note(worker, running, Math.Log(speed) + Mean, SpeedCurve.OfCommand);
        return true;
    }

    /// <summary>
    /// Notes that a worker is drained, or may take jobs again. Where anybody may drain, anybody can name workers that never come: those make room for one another, and
    /// not at the expense of what is known of others.
    /// </summary>
    /// <param name="worker">Its name.</param>
    /// <param name="reason">Why it is drained; null: it may take jobs.</param>
    /// <param name="isHere">Whether a worker is connected.</param>
    public void Drain(string worker, string? reason, Func<string, bool> isHere)
    {
        bool isKnown = workers.TryGetValue(worker, out KnownWorker? known);
        if (reason is null)
        {
            if (isKnown)
            {
                known!.Drained = null;
            }

            return;
        }

        if (!isKnown && !isHere(worker))
        {
            KeyValuePair<string, KnownWorker>[] absent = [.. workers.Where(other => other.Value.Drained is not null && !isHere(other.Key))];
            if (absent.Length >= MostAbsent)
            {
                (string oldest, KnownWorker forgotten) = absent.MinBy(static other => other.Value.Used);
                Forget(oldest, forgotten);
            }
        }

        Of(worker).Drained = Cut(reason);
    }

    /// <summary>Writes all of it, after <see cref="Header"/>.</summary>
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
    /// <exception cref="InvalidDataException">The data is damaged.</exception>
    /// <exception cref="EndOfStreamException">The data is truncated.</exception>
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
            if (name.Length > LongestName || reason.Length > LongestReason || knowledge.workers.ContainsKey(name))
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

    /// <summary>Shortens a reason to the length that is kept.</summary>
    private static string Cut(string reason) => ShortText.Cut(reason, LongestReason);

    /// <summary>Learns a worker's speed, and keeps the mean of all workers right.</summary>
    private void Note(KnownWorker worker, int running, double log, double least)
    {
        bool wasKnown = worker.Speed.Jobs > 0;
        double before = worker.Speed.Level;
        worker.Speed.Learn(running, log, least);
        levels += worker.Speed.Level - before;
        measured += !wasKnown && worker.Speed.Jobs > 0 ? 1 : 0;
    }

    /// <summary>Drops the quarter of the workers that were used longest ago. Workers that their owner has drained are dropped last.</summary>
    private void Forget()
    {
        foreach ((string name, KnownWorker known) in workers.OrderBy(static worker => (worker.Value.Drained is not null, worker.Value.Used)).Take(MostWorkers / 4).ToArray())
        {
            Forget(name, known);
        }
    }

    private void Forget(string name, KnownWorker known)
    {
        workers.Remove(name);
        levels -= known.Speed.Jobs > 0 ? known.Speed.Level : 0;
        measured -= known.Speed.Jobs > 0 ? 1 : 0;
    }
}
