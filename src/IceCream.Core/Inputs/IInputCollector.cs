using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>Finds every file that a compile can read.</summary>
internal interface IInputCollector
{
    /// <summary>Collects the inputs of a job with a parsed command line. The result may contain files that are not read, but never omits one.</summary>
    /// <exception cref="ArgumentException">The job has no invocation.</exception>
    ValueTask<CollectedInputs> CollectAsync(CompileJob job, CancellationToken cancellationToken = default);
}
