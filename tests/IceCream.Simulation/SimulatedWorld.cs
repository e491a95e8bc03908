namespace IceCream.Simulation;

/// <summary>A compile of a build.</summary>
/// <param name="Command">Which one: the same in every build.</param>
/// <param name="Seconds">How long it takes alone on a core of speed 1.</param>
/// <param name="Guess">What an agent that has never seen it would guess from its bytes.</param>
internal sealed record SimulatedJob(int Command, double Seconds, double Guess);

/// <summary>A worker as it really is, which nobody is told.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Slots">Its slots: twice its cores.</param>
/// <param name="Speed">How fast one of its cores is.</param>
internal sealed record SimulatedWorker(string Name, int Slots, double Speed)
{
    /// <summary>What a second thread adds to a core.</summary>
    private const double Thread = 0.3;

    /// <summary>The time from which it is ten times slower; never by default.</summary>
    public double SlowFrom { get; init; } = double.PositiveInfinity;

    /// <summary>The part of its jobs at which it fails.</summary>
    public double Failing { get; init; }

    /// <summary>How long a job takes that begins beside others.</summary>
    /// <param name="seconds">Alone on a core of speed 1.</param>
    /// <param name="running">How many run then, itself included.</param>
    /// <param name="now">When.</param>
    public double TimeOf(double seconds, int running, double now)
    {
        double cores = Math.Max(1, Slots / 2.0);
        double part = running <= cores ? 1 : Math.Min(1, (cores + (Thread * (running - cores))) / running);
        return seconds / (Speed * part * (now >= SlowFrom ? 0.1 : 1));
    }
}

/// <summary>A farm and a build, drawn from a seed.</summary>
internal static class SimulatedWorld
{
    /// <summary>Workers whose speeds differ by a factor of six.</summary>
    public static SimulatedWorker[] Farm(int workers, Random random)
    {
        int[] slots = [2, 4, 8, 16];
        return [.. Enumerable.Range(0, workers).Select(i => new SimulatedWorker($"w{i:00000}", slots[random.Next(slots.Length)], Math.Exp((random.NextDouble() - 0.5) * Math.Log(6))))];
    }

    /// <summary>Compiles that were recorded, drawn with replacement, in an order of their own.</summary>
    public static SimulatedJob[] Build(int jobs, RecordedCompile[] recorded, Random random)
    {
        // Somebody who has never seen a command guesses its time from its bytes, at the rate of all.
        double rate = recorded.Sum(static compile => compile.Seconds) / recorded.Sum(static compile => (double)compile.Bytes);
        return [.. Enumerable.Range(0, jobs).Select(i =>
        {
            RecordedCompile compile = recorded[random.Next(recorded.Length)];
            return new SimulatedJob(i, compile.Seconds, compile.Bytes * rate);
        })];
    }

    /// <summary>Compiles whose durations are lognormal, most around a second, a few of a minute: more uneven than any build that was recorded.</summary>
    public static SimulatedJob[] Build(int jobs, Random random)
    {
        return [.. Enumerable.Range(0, jobs).Select(i =>
        {
            double seconds = Math.Clamp(Math.Exp(Normal(random) * 1.1), 0.05, 60);
            return new SimulatedJob(i, seconds, seconds * Math.Exp(Normal(random) * 0.6));
        })];
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
