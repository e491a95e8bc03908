namespace IceCream.Nodes;

/// <summary>When a job that a worker could run, or is running, is also run on this machine or on a second worker.</summary>
internal enum DynamicExecution
{
    /// <summary>Never: each job runs once, on a worker.</summary>
    Off,

    /// <summary>
    /// When it is late, or its worker does not respond: then a second worker, or an idle core of this machine, runs it too, and the first result
    /// counts. The extra cost is limited to a twentieth of the work done.
    /// </summary>
    Late,

    /// <summary>As <see cref="Late"/>; also, a job that waits for a worker is started on an idle core of this machine where it is expected to end sooner there.</summary>
    Always,
}
