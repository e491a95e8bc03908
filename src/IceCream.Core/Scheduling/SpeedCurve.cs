using System.Numerics;

namespace IceCream.Scheduling;

/// <summary>
/// The speed of a worker by its number of concurrent jobs: a processor with two threads per core or a turbo clock runs one job alone faster than each
/// of many. Stored as logarithms, in buckets by powers of two of the number.
/// </summary>
internal sealed class SpeedCurve
{
    /// <summary>The weight of one job in the estimate: of a job whose command is known, and of one whose cost is that of its group.</summary>
    public const double OfCommand = 0.2, OfGroup = 0.06;

    /// <summary>
    /// The number of jobs after which the estimate is within a fifth of the true speed, when that has changed by a factor of ten: (1 - 0.06)^50 · ln
    /// 10 &lt; ln 1.2. With known commands (1 - 0.2)^12 achieves the same.
    /// </summary>
    public const int BelievedWithin = 50;

    private const int Buckets = 13;

    /// <summary>No logarithm that is learned is further from zero: a factor of a thousand. A file may hold twice as much, as those of former versions do.</summary>
    private const double Furthest = 7;

    private readonly double[] logs = new double[Buckets];
    private readonly int[] counts = new int[Buckets];

    /// <summary>The number of jobs that it was learned from.</summary>
    public int Jobs { get; private set; }

    /// <summary>The logarithm of the mean speed over all buckets with data.</summary>
    public double Level { get; private set; }

    /// <summary>The logarithm of the speed for each of this many concurrent jobs. A bucket without data uses the nearest one with data.</summary>
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

    /// <summary>Learns from a job that has ended. An observation that is no number is ignored.</summary>
    /// <param name="running">The number of concurrent jobs.</param>
    /// <param name="log">The logarithm of the observed speed.</param>
    /// <param name="least">The least weight of the observation.</param>
    public void Learn(int running, double log, double least)
    {
        if (double.IsNaN(log))
        {
            return;
        }

        log = Math.Clamp(log, -Furthest, Furthest);
        int bucket = BucketOf(running);

        // A new bucket starts from its neighbour. The other buckets follow by half a step: a machine that has become slow is slow at every load.
        double from = At(running);
        double step = Math.Max(1.0 / (Math.Min(Jobs, 1000) + 1), least) * (log - from);
        logs[bucket] = from + step;
        counts[bucket] = Math.Min(counts[bucket] + 1, 1 << 20);
        for (int each = 0; each < Buckets; each++)
        {
            // Half steps add up: a bucket that is never observed itself could drift without end, beyond what Load accepts.
            logs[each] = Math.Clamp(logs[each] + (each != bucket && counts[each] > 0 ? step / 2 : 0), -Furthest, Furthest);
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
    /// <exception cref="InvalidDataException">The data is damaged.</exception>
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
