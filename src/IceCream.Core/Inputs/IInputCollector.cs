using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>Finds every file that a compile can read.</summary>
internal interface IInputCollector
{
    /// <summary>Collects the inputs of a job whose command line is understood. More files than are read may be named, never fewer.</summary>
    /// <exception cref="ArgumentException">The job has no invocation.</exception>
    ValueTask<CollectedInputs> CollectAsync(CompileJob job, CancellationToken cancellationToken = default);
}
