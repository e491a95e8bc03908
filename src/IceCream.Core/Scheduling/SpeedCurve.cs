using System.Numerics;

namespace IceCream.Scheduling;

/// <summary>
/// How fast a worker is by how many jobs it does at a time: a processor with two threads a core or a turbo clock does more for one job alone than for
/// each of many. Kept as logarithms, by powers of two of the jobs.
/// </summary>
internal sealed class SpeedCurve
{
    /// <summary>What an estimate takes of a job whose command was known, and of one that was guessed from its group.</summary>
    public const double OfCommand = 0.2, OfGroup = 0.06;

    /// <summary>
    /// Within so many jobs a worker whose speed has changed by a factor of ten is believed to within a fifth: (1 - 0.06)^50 · ln 10 &lt; ln 1.2, and with known commands
    /// (1 - 0.2)^12 does as much.
    /// </summary>
    public const int BelievedWithin = 50;

    private const int Buckets = 13;
    private const double Furthest = 7;

    private readonly double[] logs = new double[Buckets];
    private readonly int[] counts = new int[Buckets];

    /// <summary>How many jobs it is known from.</summary>
    public int Jobs { get; private set; }

    /// <summary>The logarithm of its speed, over what it was seen to do.</summary>
    public double Level { get; private set; }

    /// <summary>The logarithm of its speed for each of so many jobs. What was not seen yet is taken from the nearest that was.</summary>
    public double At(int running)
    {
        int bucket = BucketOf(running);
        for (int away = 0; away < Buckets; away++)
        {
            if (bucket - away is >= 0 and int below && counts[below] > 0)
            {
                return logs[below];
            }

            if (bucket + away is < Buckets and int above && counts[above] > 0)
            {
                return logs[above];
            }
        }

        return Level;
    }

    /// <summary>A job has ended.</summary>
    /// <param name="running">How many were done at a time.</param>
    /// <param name="log">The logarithm of the speed that it shows.</param>
    /// <param name="least">What the estimate takes of it at least.</param>
    public void Learn(int running, double log, double least)
    {
        log = Math.Clamp(log, -Furthest, Furthest);
        int bucket = BucketOf(running);

        // A bucket begins where its neighbour is, and so does what is stale: a machine that has become slow is so at every load.
        double from = At(running);
        double step = Math.Max(1.0 / (Math.Min(Jobs, 1000) + 1), least) * (log - from);
        logs[bucket] = from + step;
        counts[bucket] = Math.Min(counts[bucket] + 1, 1 << 20);
        for (int other = 0; other < Buckets; other++)
        {
            logs[other] += other != bucket && counts[other] > 0 ? step / 2 : 0;
        }

        Jobs = Math.Min(Jobs + 1, 1 << 20);
        double sum = 0;
        int seen = 0;
        for (int i = 0; i < Buckets; i++)
        {
            sum += counts[i] > 0 ? logs[i] : 0;
            seen += counts[i] > 0 ? 1 : 0;
        }

        Level = sum / seen;
    }

    /// <summary>Writes it.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(Jobs);
        writer.Write(Level);
        for (int i = 0; i < Buckets; i++)
        {
            writer.Write(logs[i]);
            writer.Write(counts[i]);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is no such thing.</exception>
    public static SpeedCurve Load(BinaryReader reader)
    {
        var curve = new SpeedCurve { Jobs = reader.ReadInt32(), Level = reader.ReadDouble() };
        bool isSound = curve.Jobs >= 0 && Math.Abs(curve.Level) <= 2 * Furthest;
        for (int i = 0; i < Buckets; i++)
        {
            curve.logs[i] = reader.ReadDouble();
            curve.counts[i] = reader.ReadInt32();
            isSound &= Math.Abs(curve.logs[i]) <= 2 * Furthest && curve.counts[i] >= 0;
        }

        return isSound ? curve : throw new InvalidDataException("a speed in it is none");
    }

    private static int BucketOf(int running) => Math.Min(BitOperations.Log2((uint)Math.Max(1, running) * 2 - 1), Buckets - 1);
}
