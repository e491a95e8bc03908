using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>Estimates how long a compile takes, to start long ones first.</summary>
internal static class CompileEffort
{
    /// <summary>
    /// The weight of code in the source relative to code in headers, most of which is only parsed. With 20 the estimate correlates with the compile
    /// times of Abseil, LevelDB and {fmt} by 0.83, 0.81 and 0.54; without it, by 0.78, 0.65 and 0.42.
    /// </summary>
    private const long SourceFactor = 20;

    /// <summary>The estimate, in weighted bytes; 0 when the inputs are unknown.</summary>
    public static long Guess(CompileJob job)
    {
        if (job.Inputs is not { } inputs || job.Invocation is not { } invocation)
        {
            return 0;
        }

        string source = Path.GetFileName(invocation.Source);
        long effort = 0;
        foreach (TreeFile file in inputs.Files)
        {
            effort += Path.GetFileName(file.Path.AsSpan()).SequenceEqual(source) ? file.Length * SourceFactor : file.Length;
        }

        return effort;
    }
}
