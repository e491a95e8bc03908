namespace IceCream.Clients;

/// <summary>What an agent says to the scheduler about its leases. Called in the midst of a change: it must not call back.</summary>
internal interface ILeaseBroker
{
    /// <summary>How many slots could be used now.</summary>
    /// <param name="wanted">For jobs that wait and jobs that run.</param>
    /// <param name="leastMemory">What the least demanding of those that wait takes, in bytes; 0 when any worker will do.</param>
    void Demand(int wanted, long leastMemory);

    /// <summary>A lease that is not needed any more, or was asked for.</summary>
    void Return(long lease);

    /// <summary>A worker failed at a job that another did.</summary>
    void Blame(string worker);

    /// <summary>A worker had not done a job when another had.</summary>
    /// <param name="worker">Its name.</param>
    /// <param name="speed">How fast it is at most, where the average worker has 1.</param>
    void Outrun(string worker, double speed);
}
