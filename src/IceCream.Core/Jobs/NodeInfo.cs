namespace IceCream.Jobs;

/// <summary>The capabilities and the current state of a node of the farm, as the scheduler knows them.</summary>
public sealed record NodeInfo
{
    /// <summary>The node's name, unique in its network.</summary>
    public required string Name { get; init; }

    /// <summary>The address at which it listens; empty for a node that only submits.</summary>
    public string Address { get; init; } = "";

    /// <summary>The machine's architecture as compilers name it, such as <c>x86_64</c>.</summary>
    public string Platform { get; init; } = "";

    /// <summary>How many jobs of others it runs at a time; 0 for a node that only submits.</summary>
    public int Slots { get; init; }

    /// <summary>How many it is running.</summary>
    public int Running { get; init; }

    /// <summary>How many jobs of its users are waiting for a slot.</summary>
    public int Waiting { get; init; }

    /// <summary>A word for people: <c>ready</c>, <c>full</c>, <c>agent</c>, <c>refusing</c> and the like.</summary>
    public string State { get; init; } = "ready";

    /// <summary>Why it accepts no jobs; empty when it does.</summary>
    public string Remark { get; init; } = "";

    /// <summary>How fast it would run one more job, where the average worker of its farm has 1.</summary>
    internal double Speed { get; init; } = 1;

    /// <summary>How many jobs <see cref="Speed"/> was measured from.</summary>
    internal int SpeedJobs { get; init; }

    /// <summary>The memory limit of all its jobs together, in bytes; 0 when it has not been reported.</summary>
    internal long Memory { get; init; }

    /// <summary>How loaded it is.</summary>
    internal NodeLoad Load { get; init; } = NodeLoad.Unknown;
}
