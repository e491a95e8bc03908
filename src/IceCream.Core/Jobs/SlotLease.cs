namespace IceCream.Jobs;

/// <summary>The right to use one slot of one worker, until a time, for any number of jobs one after the other.</summary>
/// <param name="Id">The lease's number, unique while the scheduler lives.</param>
/// <param name="Worker">The worker's name.</param>
/// <param name="Address">Where the worker answers.</param>
/// <param name="Expires">No job may start under it after this time of the scheduler's clock, from which others may differ by five minutes; renewed by the scheduler while it lasts.</param>
/// <param name="Capability">What the worker checks by itself: opaque to the holder. Made where a scheduler decides.</param>
public sealed record SlotLease(long Id, string Worker, FarmAddress Address, DateTimeOffset Expires, ReadOnlyMemory<byte> Capability = default)
{
    /// <summary>How fast the worker does a job, where the average worker of its farm has 1.</summary>
    /// <value>Above 0. Default: 1.</value>
    public double Speed { get; init; } = 1;

    /// <summary>How many bytes the jobs of the worker may take together; 0 when it has not said.</summary>
    internal long Memory { get; init; }

    /// <summary>Whether it is no lease of a worker's slot but a core of the submitting machine: it has no number, and nobody is told of it.</summary>
    internal bool IsHere => Worker.Length == 0;

    /// <summary>A core of the submitting machine, as a slot among those of workers.</summary>
    /// <param name="speed">How fast it does a job, where the average worker has 1.</param>
    /// <param name="memory">How many bytes a job may take there.</param>
    internal static SlotLease Here(double speed, long memory) =>
        new(0, "", FarmAddress.Memory("here"), DateTimeOffset.MaxValue, ReadOnlyMemory<byte>.Empty) { Speed = speed, Memory = memory };

    /// <summary>How many slots a worker has at most, and how many leases one agent is given.</summary>
    internal const int MostPerNode = 4096;
}
