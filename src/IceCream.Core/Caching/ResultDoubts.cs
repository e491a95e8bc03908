using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>Reasons not to store a result that follow from the result alone: it may depend on more than its input files and its failed lookups.</summary>
internal static class ResultDoubts
{
    /// <summary>The first doubt, for people; null when there is none.</summary>
    public static string? Of(CompileJob job, CompileResult result) =>
        result is not { ExitCode: 0, Signal: 0 } ? "the compile failed"
        : result is not { Lookups: { Gap: null } lookups } ? "nobody saw what it looked for"
        : lookups.Objection is not null || lookups.Trouble is not null ? "something befell it"
        : lookups.AsksLocalTime ? "it reads the clock"
        : !result.Removed.IsEmpty ? "it removed a file"
        : result.Outputs.Any(output => job.Outputs.All(announced => announced.Path != output.Path)) ? "it wrote what was not announced"
        : null;

    /// <summary>
    /// Whether the compile can learn the time without being observed: with a <c>TZ</c> such as <c>UTC</c> some C libraries read no file of a zone. With
    /// <c>SOURCE_DATE_EPOCH</c> too: older compilers do not know that variable.
    /// </summary>
    public static bool HidesClock(CompileJob job) => job.Environment.Any(static variable => variable.StartsWith("TZ=", StringComparison.Ordinal));
}
