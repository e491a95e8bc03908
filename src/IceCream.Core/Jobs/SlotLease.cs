namespace IceCream.Jobs;

/// <summary>The right to use one slot of one worker, until a time, for any number of jobs one after the other.</summary>
/// <param name="Id">The lease's number, unique while the scheduler lives.</param>
/// <param name="Worker">The worker's name.</param>
/// <param name="Address">Where the worker answers.</param>
/// <param name="Expires">No job may start under it after this time; renewed by the scheduler while it lasts.</param>
/// <param name="Capability">What the worker checks by itself: opaque to the holder.</param>
public sealed record SlotLease(long Id, string Worker, FarmAddress Address, DateTimeOffset Expires, ReadOnlyMemory<byte> Capability)
{
    /// <summary>How many slots a worker has at most, and how many leases one agent is given.</summary>
    internal const int MostPerNode = 4096;
}
