namespace IceCream.Jobs;

/// <summary>
/// The steps of a job. Timeline, metrics, logs and status are derived from this list.
/// <code>
/// origin:  Read → Toolchain → Inputs → Lease → Send ─▶ … ─▶ Receive → Write
/// worker:                                      Fetch → Slot → Prepare → Compile → Collect
/// local:   Read → … → LocalSlot → LocalCompile
/// </code>
/// </summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
internal enum JobStep
{
    /// <summary>The command line is parsed.</summary>
    Read = 1,

    /// <summary>The compiler is described.</summary>
    Toolchain = 2,

    /// <summary>The inputs are found and digested.</summary>
    Inputs = 3,

    /// <summary>Waiting for a slot on a worker.</summary>
    Lease = 4,

    /// <summary>The offer is in transit, and the answer until it begins: the time away that no other step accounts for.</summary>
    Send = 5,

    /// <summary>The worker receives the blobs that it lacks.</summary>
    Fetch = 6,

    /// <summary>Waiting for the slot on the worker.</summary>
    Slot = 7,

    /// <summary>The sandbox root is built.</summary>
    Prepare = 8,

    Compile = 9,

    /// <summary>The outputs are taken from the sandbox.</summary>
    Collect = 10,

    /// <summary>The result is transferred to the origin.</summary>
    Receive = 11,

    /// <summary>The outputs are put in place.</summary>
    Write = 12,

    /// <summary>Waiting for a local slot.</summary>
    LocalSlot = 13,

    /// <summary>The compiler runs on its own machine.</summary>
    LocalCompile = 14,

    /// <summary>The result is looked up in the cache.</summary>
    Cache = 15,
}

/// <summary>The steps of a job in words.</summary>
internal static class JobStepWords
{
    /// <summary>The description of a step, such as <c>waiting for a slot of a worker</c>.</summary>
    public static string Of(JobStep step) => step switch
    {
        JobStep.Read => "reading the command line",
        JobStep.Toolchain => "describing the compiler",
        JobStep.Inputs => "finding what it reads",
        JobStep.Lease => "waiting for a slot of a worker",
        JobStep.Send => "sending the job",
        JobStep.Fetch => "taking in what the worker lacked",
        JobStep.Slot => "waiting at the worker for the slot",
        JobStep.Prepare => "building the root of the sandbox",
        JobStep.Compile => "compiling on the worker",
        JobStep.Collect => "taking the outputs from the sandbox",
        JobStep.Receive => "taking in the result",
        JobStep.Write => "putting the outputs in place",
        JobStep.LocalSlot => "waiting for a slot of this machine",
        JobStep.LocalCompile => "compiling on this machine",
        JobStep.Cache => "looking for a known result",
        _ => $"step {(int)step}",
    };
}
