namespace IceCream.Clients;

/// <summary>An agent's messages to the scheduler about its leases. Called during a state change: an implementation must not call back.</summary>
internal interface ILeaseBroker
{
    /// <summary>Reports how many slots could be used now.</summary>
    /// <param name="wanted">How many jobs wait or run.</param>
    /// <param name="leastMemory">The memory that the least demanding waiting job needs, in bytes; 0 when any worker will do.</param>
    void Demand(int wanted, long leastMemory);

    /// <summary>Returns a lease that is no longer needed, or was recalled.</summary>
    void Return(long lease);

    /// <summary>Reports that a worker failed at a job that another worker then did.</summary>
    void Blame(string worker);

    /// <summary>Reports that a worker had not finished a job when another worker had.</summary>
    /// <param name="worker">The slower worker's name.</param>
    /// <param name="speed">An upper bound on its speed, where the average worker has 1.</param>
    void Outrun(string worker, double speed);
}
