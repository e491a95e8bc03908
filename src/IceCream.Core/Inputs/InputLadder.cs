using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>Finds inputs by the cheapest way that is sure of its answer: the scanner, then the compiler.</summary>
/// <param name="scanner">Asked first.</param>
/// <param name="compiler">Asked when the scanner is in doubt; its answer then says what the doubt was.</param>
/// <param name="counters">Told which of them answered.</param>
internal sealed class InputLadder(IncludeScanner scanner, IInputCollector compiler, InputCounters counters) : IInputCollector
{
    /// <inheritdoc/>
    public async ValueTask<CollectedInputs> CollectAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        ScanResult scan = await scanner.ScanAsync(job, cancellationToken).ConfigureAwait(false);
        CollectedInputs inputs = scan.Doubt is null
            ? scan.ToInputs()
            : await compiler.CollectAsync(job, cancellationToken).ConfigureAwait(false) with { Doubt = scan.Doubt };
        counters.Count(inputs.Rung, inputs.Doubt);
        return inputs;
    }
}
