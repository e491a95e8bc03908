using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>
/// The observed costs of commands, in seconds of an average worker and bytes of memory. The forecast of a command uses its own history; for a new
/// command that of its project and language; where that is empty too, that of all commands. Bounded: the least recently used entries are dropped. Not
/// thread-safe.
/// </summary>
internal sealed class CostBook
{
    /// <summary>The most commands and groups that are kept.</summary>
    public const int MostCommands = 64 << 10, MostGroups = 4 << 10;

    /// <summary>Costs outside this range are clamped to it: clocks jump, and machines sleep.</summary>
    public const double Shortest = 0.001, Longest = 7200;

    /// <summary>A limit above what any compile was ever seen to need.</summary>
    public const long MostMemory = 1L << 44;

    private const double Fresh = 0.3, Settled = 0.05;

    private readonly Dictionary<ulong, Estimate> commands = [];
    private readonly Dictionary<ulong, Estimate> groups = [];
    private Estimate all = new(Math.Log(1), 0, 0, 0);
    private long clock;

    /// <summary>The number of commands with a known cost.</summary>
    public int Count => commands.Count;

    public JobForecast Predict(CostKeys keys) =>
        commands.TryGetValue(keys.Command, out Estimate known) ? Forecast(keys, known, known.PeakMemory, ForecastBasis.Command)
        : groups.TryGetValue(keys.Group, out Estimate like) ? Forecast(keys, like, 0, ForecastBasis.Group)
        : Forecast(keys, all, 0, ForecastBasis.Default);

    /// <summary>Records the cost of a compile that has ended.</summary>
    /// <param name="keys">The keys of its cost.</param>
    /// <param name="seconds">How long it would have taken on an average worker.</param>
    /// <param name="peakMemory">The most memory that it held, in bytes; 0 when it was not measured.</param>
    public void Learn(CostKeys keys, double seconds, long peakMemory)
    {
        double log = Math.Log(Math.Clamp(double.IsNaN(seconds) ? Shortest : seconds, Shortest, Longest));
        long peak = Math.Clamp(peakMemory, 0, MostMemory);
        clock++;

        // A source changes between compiles, so a command weighs its latest costs most. A group has many different commands, so it changes slowly.
        Note(commands, MostCommands, keys.Command, log, peak, Fresh);
        Note(groups, MostGroups, keys.Group, log, peak, Settled);
        all = all.With(log, 0, Settled, clock);
    }

    /// <summary>Records that a compile was ended because it needed more memory than was available.</summary>
    /// <param name="keys">The keys of its cost.</param>
    /// <param name="atLeast">The memory that it needs at least, in bytes.</param>
    public void LearnShort(CostKeys keys, long atLeast)
    {
        clock++;
        Estimate known = commands.GetValueOrDefault(keys.Command, groups.GetValueOrDefault(keys.Group, all) with { PeakMemory = 0 });
        commands[keys.Command] = known with { Count = 0, PeakMemory = Math.Clamp(Math.Max(known.PeakMemory, atLeast), 0, MostMemory), Used = clock };
        Trim(commands, MostCommands);
    }

    /// <summary>
    /// Lowers the peak of a command that was refused for it. Nobody measures what it takes now, and what ended it may have been the other load of that machine: so it
    /// is tried again after some refusals, alone on the largest worker.
    /// </summary>
    public void Doubt(CostKeys keys)
    {
        const int Part = 64;
        if (commands.TryGetValue(keys.Command, out Estimate known))
        {
            commands[keys.Command] = known with { PeakMemory = known.PeakMemory - (known.PeakMemory / Part) };
        }
    }

    /// <summary>The most recently used costs, groups first: they are few and predict most.</summary>
    public IEnumerable<KnownCost> Latest(int most) =>
        groups.OrderByDescending(static entry => entry.Value.Used).Take(most / 8).Select(static entry => Tell(entry, isGroup: true))
            .Concat(commands.OrderByDescending(static entry => entry.Value.Used).Select(static entry => Tell(entry, isGroup: false))).Take(most);

    /// <summary>
    /// Takes over costs that another scheduler has learned, for keys that are unknown here. They have the weight of one job: the first job that is
    /// seen here counts as much.
    /// </summary>
    public void Adopt(IEnumerable<KnownCost> told)
    {
        clock++;
        foreach (KnownCost cost in told)
        {
            double log = Math.Log(Math.Clamp(double.IsNaN(cost.Seconds) ? Shortest : cost.Seconds, Shortest, Longest));
            (cost.IsGroup ? groups : commands).TryAdd(cost.Key, new Estimate(log, Math.Clamp(cost.PeakMemory, 0, MostMemory), 1, clock));
        }

        Trim(commands, MostCommands);
        Trim(groups, MostGroups);
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(clock);
        Write(writer, all);
        foreach (Dictionary<ulong, Estimate> book in new[] { commands, groups })
        {
            writer.Write(book.Count);
            foreach ((ulong key, Estimate estimate) in book)
            {
                writer.Write(key);
                Write(writer, estimate);
            }
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The data is damaged.</exception>
    public static CostBook Load(BinaryReader reader)
    {
        var book = new CostBook { clock = reader.ReadInt64(), all = LoadEstimate(reader) };
        foreach ((Dictionary<ulong, Estimate> entries, int most) in new[] { (book.commands, MostCommands), (book.groups, MostGroups) })
        {
            int count = reader.ReadInt32();
            if (count < 0 || count > most)
            {
                throw new InvalidDataException($"it counts {count} costs, where at most {most} are kept");
            }

            for (int i = 0; i < count; i++)
            {
                entries[reader.ReadUInt64()] = LoadEstimate(reader);
            }
        }

        return book;
    }

    private static KnownCost Tell(KeyValuePair<ulong, Estimate> entry, bool isGroup) => new(entry.Key, isGroup, Math.Exp(entry.Value.LogSeconds), entry.Value.PeakMemory);

    private static JobForecast Forecast(CostKeys keys, in Estimate estimate, long peak, ForecastBasis basis) => new(keys, Math.Exp(estimate.LogSeconds), peak, basis);

    private void Note(Dictionary<ulong, Estimate> book, int most, ulong key, double log, long peak, double least)
    {
        book[key] = book.GetValueOrDefault(key).With(log, peak, least, clock);
        Trim(book, most);
    }

    /// <summary>Drops the oldest quarter at once, so that trimming is rare.</summary>
    private static void Trim(Dictionary<ulong, Estimate> book, int most)
    {
        if (book.Count <= most)
        {
            return;
        }

        foreach (ulong key in book.OrderBy(static entry => entry.Value.Used).ThenBy(static entry => entry.Key).Take(most / 4).Select(static entry => entry.Key).ToArray())
        {
            book.Remove(key);
        }
    }

    private static void Write(BinaryWriter writer, in Estimate estimate)
    {
        writer.Write(estimate.LogSeconds);
        writer.Write(estimate.PeakMemory);
        writer.Write(estimate.Count);
        writer.Write(estimate.Used);
    }

    private static Estimate LoadEstimate(BinaryReader reader)
    {
        var estimate = new Estimate(reader.ReadDouble(), reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt64());
        return estimate.LogSeconds is >= -10 and <= 10 && estimate.PeakMemory is >= 0 and <= MostMemory && estimate.Count >= 0
            ? estimate
            : throw new InvalidDataException("a cost in it is none");
    }

    /// <summary>A mean of logarithms: compile times spread over three orders of magnitude, and one compile that was swapped out must not dominate.</summary>
    private readonly record struct Estimate(double LogSeconds, long PeakMemory, int Count, long Used)
    {
        public Estimate With(double log, long peak, double least, long now)
        {
            double part = Math.Max(1.0 / (Count + 1), least);

            // The peak counts and decays slowly: too little memory costs a whole compile, too much only a short wait.
            long memory = peak == 0 ? PeakMemory : Count == 0 ? peak : Math.Max(peak, PeakMemory - (PeakMemory / 8));
            return new Estimate(LogSeconds + (part * (log - LogSeconds)), memory, Math.Min(Count + 1, 1 << 20), now);
        }
    }
}
