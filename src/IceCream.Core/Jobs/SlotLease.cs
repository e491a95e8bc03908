namespace IceCream.Jobs;

/// <summary>The right to use one slot of one worker, until a time, for any number of jobs one after the other.</summary>
/// <param name="Id">The lease's number, unique while the scheduler lives.</param>
/// <param name="Worker">The worker's name.</param>
/// <param name="Address">The address at which the worker listens.</param>
/// <param name="Expires">
/// No job may start under the lease after this time of the scheduler's clock. Other clocks may differ from it by up to five minutes. The scheduler
/// renews the lease while it lasts.
/// </param>
/// <param name="Capability">A token that the worker verifies by itself, opaque to the holder. The scheduler that granted the lease makes it.</param>
public sealed record SlotLease(long Id, string Worker, FarmAddress Address, DateTimeOffset Expires, ReadOnlyMemory<byte> Capability = default)
{
    /// <summary>The speed of the worker, where the average worker of its farm has 1.</summary>
    /// <value>Above 0. Default: 1.</value>
    public double Speed { get; init; } = 1;

    /// <summary>The memory limit of all jobs of the worker together, in bytes; 0 when it has not been reported.</summary>
    internal long Memory { get; init; }

    /// <summary>Whether it is a core of the submitting machine instead of a worker's slot. Such a lease has no number, and nobody else knows of it.</summary>
    internal bool IsHere => Worker.Length == 0;

    /// <summary>A core of the submitting machine, offered as a slot beside those of workers.</summary>
    /// <param name="speed">How fast it runs a job, where the average worker has 1.</param>
    /// <param name="memory">The memory that a job may use there, in bytes.</param>
    internal static SlotLease Here(double speed, long memory) =>
        new(0, "", FarmAddress.Memory("here"), DateTimeOffset.MaxValue, ReadOnlyMemory<byte>.Empty) { Speed = speed, Memory = memory };

    /// <summary>The most slots of a worker, and the most leases of one agent.</summary>
    internal const int MostPerNode = 4096;
}
