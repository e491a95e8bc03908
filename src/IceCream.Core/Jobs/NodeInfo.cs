namespace IceCream.Jobs;

/// <summary>What a node of the farm can do and is doing, as the scheduler knows it.</summary>
public sealed record NodeInfo
{
    /// <summary>The node's name, unique in its network.</summary>
    public required string Name { get; init; }

    /// <summary>Where it answers; empty for a node that only submits.</summary>
    public string Address { get; init; } = "";

    /// <summary>The machine's architecture as compilers name it, such as <c>x86_64</c>.</summary>
    public string Platform { get; init; } = "";

    /// <summary>How many jobs of others it does at a time; 0 for a node that only submits.</summary>
    public int Slots { get; init; }

    /// <summary>How many it is doing.</summary>
    public int Running { get; init; }

    /// <summary>How many jobs of its users are waiting for a slot.</summary>
    public int Waiting { get; init; }

    /// <summary>A word for people: <c>ready</c>, <c>full</c>, <c>agent</c>, <c>refusing</c> and the like.</summary>
    public string State { get; init; } = "ready";

    /// <summary>Why it takes no jobs, when it takes none.</summary>
    public string Remark { get; init; } = "";

    /// <summary>How fast it would do one more job, where the average worker of its farm has 1.</summary>
    internal double Speed { get; init; } = 1;

    /// <summary>How many jobs <see cref="Speed"/> is known from.</summary>
    internal int SpeedJobs { get; init; }

    /// <summary>How many bytes its jobs may take together; 0 when it has not said.</summary>
    internal long Memory { get; init; }

    /// <summary>How loaded it is.</summary>
    internal NodeLoad Load { get; init; } = NodeLoad.Unknown;
}
