using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Scheduling;
using Xunit;

namespace IceCream.Tests.Scheduling;

public sealed class LearningTests
{
    /// <summary>True costs of commands over three powers of ten, true speeds of workers over one and a half, and noise: what is learned is right in proportion.</summary>
    [Property(MaxTest = 100)]
    public void Speeds_are_learned_in_proportion_whatever_the_jobs_are(int seed)
    {
        var random = new Random(seed);
        var farm = new FarmKnowledge();
        double[] speeds = [.. Enumerable.Range(0, 6).Select(_ => Math.Exp(random.NextDouble() * 3.5))];
        double[] costs = [.. Enumerable.Range(0, 60).Select(_ => Math.Exp((random.NextDouble() * 6) - 2))];
        for (int job = 0; job < 3000; job++)
        {
            int command = random.Next(costs.Length);
            Do(farm, random, random.Next(speeds.Length), command, costs[command], speeds);
        }

        double[] known = [.. speeds.Select((_, worker) => farm.SpeedOf(farm.Of($"w{worker}"), 1))];
        for (int worker = 1; worker < speeds.Length; worker++)
        {
            Assert.InRange(known[worker] / known[0] / (speeds[worker] / speeds[0]), 0.6, 1.7);
        }

        // Costs are in seconds of the average worker: what it takes anywhere is its cost over the speed there.
        double[] shifts = [.. costs.Select((cost, command) => Math.Log(farm.Costs.Predict(Keys(command)).Seconds * speeds[0] / known[0] / cost))];
        Assert.InRange(shifts.Average(), -0.5, 0.5);
        Assert.All(shifts, shift => Assert.InRange(shift, -1.5, 1.5));
    }

    [Property(MaxTest = 100)]
    public void A_worker_that_has_recovered_is_believed_within_the_stated_number_of_jobs(int seed)
    {
        var random = new Random(seed);
        var farm = new FarmKnowledge();
        double[] speeds = [1, 1, 1, 1];
        double[] costs = [.. Enumerable.Range(0, 40).Select(_ => Math.Exp((random.NextDouble() * 6) - 2))];
        Work(1500);
        speeds[0] = 0.1;
        Work(400);
        Assert.InRange(Ratio(), 0.05, 0.2);

        speeds[0] = 1;
        for (int done = 0; done < SpeedCurve.BelievedWithin;)
        {
            int worker = random.Next(speeds.Length), command = random.Next(costs.Length);
            Do(farm, random, worker, command, costs[command], speeds);
            done += worker == 0 ? 1 : 0;
        }

        Assert.InRange(Ratio(), 0.6, 1.6);

        void Work(int jobs)
        {
            for (int job = 0; job < jobs; job++)
            {
                int command = random.Next(costs.Length);
                Do(farm, random, random.Next(speeds.Length), command, costs[command], speeds);
            }
        }

        double Ratio() => farm.SpeedOf(farm.Of("w0"), 1) / farm.SpeedOf(farm.Of("w1"), 1);
    }

    [Fact]
    public void A_worker_that_slows_down_under_load_has_a_curve_and_not_a_number()
    {
        var farm = new FarmKnowledge();
        for (int job = 0; job < 400; job++)
        {
            int running = 1 << (job % 4);
            farm.Learn(farm.Of("even"), Report(job % 7, 2, 1));
            farm.Learn(farm.Of("smt"), Report(job % 7, running > 2 ? 4 : 2, running));
        }

        KnownWorker smt = farm.Of("smt");
        Assert.InRange(farm.SpeedOf(smt, 1) / farm.SpeedOf(smt, 8), 1.4, 2.4);
        Assert.InRange(farm.SpeedOf(smt, 2) / farm.SpeedOf(smt, 1), 0.8, 1.2);
        Assert.Equal(farm.SpeedOf(smt, 8), farm.SpeedOf(smt, 4000));
    }

    [Fact]
    public void A_command_is_known_from_itself_then_from_its_project_then_from_all()
    {
        var book = new CostBook();
        var one = new CostKeys(1, 10);
        Assert.Equal(ForecastBasis.Default, book.Predict(one).Basis);
        book.Learn(one, 8, 300);
        Assert.Equal((ForecastBasis.Command, 300), (book.Predict(one).Basis, book.Predict(one).PeakMemory));
        Assert.Equal(8, book.Predict(one).Seconds, 0.001);

        JobForecast like = book.Predict(new CostKeys(2, 10));
        Assert.Equal((ForecastBasis.Group, 0), (like.Basis, like.PeakMemory));
        Assert.Equal(8, like.Seconds, 0.001);
        Assert.Equal(ForecastBasis.Default, book.Predict(new CostKeys(2, 11)).Basis);
    }

    [Fact]
    public void A_command_that_was_killed_for_memory_is_taken_for_large_until_it_shows_what_it_takes()
    {
        var book = new CostBook();
        var keys = new CostKeys(1, 10);
        book.LearnShort(keys, 8L << 30);
        Assert.Equal(8L << 30, book.Predict(keys).PeakMemory);
        book.Learn(keys, 1, 3L << 30);
        Assert.Equal(3L << 30, book.Predict(keys).PeakMemory);
        book.Learn(keys, 1, 1L << 30);
        Assert.InRange(book.Predict(keys).PeakMemory, 2L << 30, 3L << 30);
    }

    [Fact]
    public void However_many_commands_there_are_the_book_stays_small_and_forgets_the_oldest()
    {
        var book = new CostBook();
        for (int command = 0; command < 2 * CostBook.MostCommands; command++)
        {
            book.Learn(new CostKeys((ulong)command, (ulong)command), 1, 1);
            Assert.True(book.Count <= CostBook.MostCommands);
        }

        Assert.Equal(ForecastBasis.Command, book.Predict(new CostKeys((2 * CostBook.MostCommands) - 1, 0)).Basis);
        Assert.Equal(ForecastBasis.Default, book.Predict(new CostKeys(0, 0)).Basis);
    }

    [Property(MaxTest = 50)]
    public void What_is_learned_comes_back_from_its_file_as_it_was(int seed)
    {
        var random = new Random(seed);
        FarmKnowledge farm = Learned(random);
        FarmKnowledge back = Read(Written(farm));

        Assert.Equal(Written(farm), Written(back));
        Assert.Equal(farm.SpeedOf(farm.Of("w1"), 2), back.SpeedOf(back.Of("w1"), 2), 1e-9);
        Assert.Equal("a new disk", back.Of("w2").Drained);
        Assert.Equal(WorkerStanding.Quarantined, back.Of("w3").Health.Standing);
    }

    /// <summary>One strange name must not cost what is known of all others.</summary>
    [Fact]
    public void Whatever_name_is_written_can_be_read()
    {
        FarmKnowledge farm = Learned(new Random(1));
        farm.Of("").Drained = "nobody";
        Assert.Equal("nobody", Read(Written(farm)).Of("").Drained);
    }

    /// <summary>Each bucket follows the others by half steps: those must not add up to a speed that a file may not hold.</summary>
    [Property(MaxTest = 200)]
    public void No_order_of_observations_drives_a_speed_away(int seed)
    {
        var random = new Random(seed);
        var curve = new SpeedCurve();
        int running = 1;
        for (int i = 0; i < 400; i++)
        {
            running = random.Next(4) == 0 ? 1 << random.Next(13) : running;
            curve.Learn(running, curve.At(running) < 7 && random.Next(5) > 0 ? 7 : -7, 1);
        }

        Assert.All(Enumerable.Range(0, 13), bucket => Assert.InRange(curve.At(1 << bucket), -7.0, 7.0));
        Assert.Equal(curve.At(1), Back(curve).At(1));
    }

    /// <summary>Whatever is observed, told or claimed: what is saved can be read, because a file that cannot costs all that was learned.</summary>
    [Property(MaxTest = 200)]
    public void Whatever_is_learned_can_be_saved_and_read(int seed)
    {
        double[] hostile = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, -1, double.Epsilon, double.MaxValue, double.MinValue, 1e-3, 1, 1e3, 1e6];
        var random = new Random(seed);
        var farm = new FarmKnowledge();
        var curve = new SpeedCurve();
        for (int i = 0; i < 400; i++)
        {
            KnownWorker worker = farm.Of($"w{random.Next(4)}");
            int running = random.Next(3) switch { 0 => random.Next(), 1 => -random.Next(), _ => 1 << random.Next(14) };
            double value = random.Next(2) == 0 ? hostile[random.Next(hostile.Length)] : Math.Exp((random.NextDouble() * 30) - 15);
            curve.Learn(running, random.Next(2) == 0 ? value : (random.NextDouble() * 40) - 20, random.Next(2) == 0 ? SpeedCurve.OfCommand : SpeedCurve.OfGroup);
            switch (random.Next(5))
            {
                case 0:
                    farm.Adopt(worker, running, value);
                    break;
                case 1:
                    farm.LearnAtMost(worker, running, value);
                    break;
                case 2:
                    farm.Costs.Adopt([new KnownCost((ulong)random.Next(9), random.Next(2) == 0, value, random.NextInt64(long.MinValue, long.MaxValue))]);
                    break;
                case 3:
                    farm.Costs.LearnShort(Keys(random.Next(9)), random.NextInt64(long.MinValue, long.MaxValue));
                    break;
                default:
                    farm.Learn(worker, Report(random.Next(9), Math.Clamp(double.IsNaN(value) ? 1 : value, 0, 1e9), running));
                    break;
            }
        }

        Assert.Equal(curve.At(1), Back(curve).At(1));
        Assert.Equal(Written(farm), Written(Read(Written(farm))));
        Assert.All(Enumerable.Range(0, 4), worker => Assert.True(double.IsFinite(farm.SpeedOf(farm.Of($"w{worker}"), 1))));
    }

    [Property(MaxTest = 300)]
    public void Bytes_that_are_no_such_file_are_refused_and_nothing_else(int seed)
    {
        var random = new Random(seed);
        byte[] bytes = Written(Learned(random));
        for (int i = 0; i <= random.Next(4); i++)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        Exception? refusal = Record.Exception(() => Read(bytes[..random.Next(bytes.Length + 1)]));
        Assert.True(refusal is null or InvalidDataException or EndOfStreamException or IOException or FormatException or ArgumentException, refusal?.ToString());
    }

    [Fact]
    public void A_file_of_all_that_can_be_remembered_is_within_its_limit()
    {
        var farm = new FarmKnowledge();
        for (int worker = 0; worker < FarmKnowledge.MostWorkers + 10; worker++)
        {
            farm.Of(new string('n', 250) + worker).Drained = new string('r', 200);
        }

        for (int command = 0; command < CostBook.MostCommands; command++)
        {
            farm.Costs.Learn(new CostKeys((ulong)command, (ulong)command), 1, 1);
        }

        Assert.InRange(Written(farm).Length, 1 << 20, FarmKnowledge.MostBytes);
    }

    private static FarmKnowledge Learned(Random random)
    {
        var farm = new FarmKnowledge();
        for (int job = 0; job < 40; job++)
        {
            farm.Learn(farm.Of($"w{random.Next(3)}"), Report(random.Next(9), random.NextDouble() * 9, random.Next(1, 40)));
        }

        farm.Of("w2").Drained = "a new disk";
        for (int failure = 0; failure < WorkerHealth.Limit; failure++)
        {
            farm.Of("w3").Health.Fail(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        }

        return farm;
    }

    private static SpeedCurve Back(SpeedCurve curve)
    {
        var bytes = new MemoryStream();
        curve.Save(new BinaryWriter(bytes));
        return SpeedCurve.Load(new BinaryReader(new MemoryStream(bytes.ToArray())));
    }

    private static byte[] Written(FarmKnowledge farm)
    {
        var bytes = new MemoryStream();
        farm.Save(new BinaryWriter(bytes));
        return bytes.ToArray();
    }

    private static FarmKnowledge Read(byte[] bytes) => FarmKnowledge.Load(new BinaryReader(new MemoryStream(bytes[Math.Min(bytes.Length, FarmKnowledge.Header.Length)..])));

    private static CostKeys Keys(int command) => new((ulong)command, (ulong)(command % 3));

    private static void Do(FarmKnowledge farm, Random random, int worker, int command, double cost, double[] speeds)
    {
        double noise = (random.NextDouble() - 0.5) * 0.4;
        farm.Learn(farm.Of($"w{worker}"), Report(command, cost * Math.Exp(noise) / speeds[worker], 1));
    }

    private static CostReport Report(int command, double seconds, int running) => new()
    {
        Lease = 1, Keys = Keys(command), Outcome = JobOutcome.Compiled, Running = running, Usage = new JobUsage(default, TimeSpan.FromSeconds(seconds), 1),
    };
}
