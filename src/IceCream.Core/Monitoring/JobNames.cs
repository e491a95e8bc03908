using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>The names of places, steps and purposes in files and in JSON. They must never change.</summary>
internal static class JobNames
{
    /// <summary>A place, such as <c>remote</c>.</summary>
    public static string Of(JobPlace place) => place switch
    {
        JobPlace.Remote => "remote",
        JobPlace.Local => "local",
        JobPlace.Cached => "cached",
        JobPlace.Joined => "joined",
        JobPlace.Failed => "failed",
        JobPlace.Cancelled => "cancelled",
        _ => $"place_{(int)place}",
    };

    /// <summary>A step, such as <c>local_slot</c>.</summary>
    public static string Of(JobStep step) => step switch
    {
        JobStep.Read => "read",
        JobStep.Toolchain => "toolchain",
        JobStep.Inputs => "inputs",
        JobStep.Lease => "lease",
        JobStep.Send => "send",
        JobStep.Fetch => "fetch",
        JobStep.Slot => "slot",
        JobStep.Prepare => "prepare",
        JobStep.Compile => "compile",
        JobStep.Collect => "collect",
        JobStep.Receive => "receive",
        JobStep.Write => "write",
        JobStep.LocalSlot => "local_slot",
        JobStep.LocalCompile => "local_compile",
        JobStep.Cache => "cache",
        _ => $"step_{(int)step}",
    };

    /// <summary>A purpose, such as <c>compile</c>.</summary>
    public static string Of(CommandPurpose purpose) => purpose switch
    {
        CommandPurpose.Compile => "compile",
        CommandPurpose.Question => "question",
        _ => "other",
    };
}
