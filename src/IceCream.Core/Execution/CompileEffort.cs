using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>A guess at how long a compile takes, for putting long ones first.</summary>
internal static class CompileEffort
{
    /// <summary>
    /// What code in the source costs against code in headers, most of which is only read. With 20 the guess correlates with the compile
    /// times of Abseil, LevelDB and {fmt} by 0.83, 0.81 and 0.54; without it, by 0.78, 0.65 and 0.42.
    /// </summary>
    private const long SourceFactor = 20;

    /// <summary>The guess, in bytes read; 0 when nothing is known of the inputs.</summary>
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
