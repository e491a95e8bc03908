namespace IceCream.Jobs;

/// <summary>The stretches of a job's road in words.</summary>
internal static class JobStepWords
{
    /// <summary>What is done on a stretch, such as <c>waiting for a slot of a worker</c>.</summary>
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
