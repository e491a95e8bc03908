using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>Finds what a compile reads besides its toolchain.</summary>
internal interface IInputCollector
{
    /// <summary>Collects the inputs of a job whose command line is understood. It may name too much, never too little.</summary>
    ValueTask<CollectedInputs> CollectAsync(CompileJob job, CancellationToken cancellationToken = default);
}
