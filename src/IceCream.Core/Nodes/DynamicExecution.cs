namespace IceCream.Nodes;

/// <summary>When a job that a worker could do, or is doing, is done on this machine or on a second worker as well.</summary>
internal enum DynamicExecution
{
    /// <summary>Never: each job is done once, on a worker.</summary>
    Off,

    /// <summary>
    /// When it is late, or its worker is not heard of: then a second worker, or an idle core of this machine, does it too, and the first result counts. What that
    /// costs is bounded by a twentieth of the work done.
    /// </summary>
    Late,

    /// <summary>The same; and a job that waits for a worker is begun on an idle core of this machine where it is expected to end sooner there.</summary>
    Always,
}
