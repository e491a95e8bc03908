using IceCream.Processes;

namespace IceCream.Execution.Local;

/// <summary>Limits queries of compilers by the local slots: finding dependencies costs as much as preprocessing.</summary>
internal sealed class SlotProbe(ICompilerProbe inner, LocalSlots slots) : ICompilerProbe
{
    public async ValueTask<ProbeAnswer> AskAsync(
        string program,
        IReadOnlyList<string> arguments,
        string workingDirectory,
        IReadOnlyList<string> environment,
        CancellationToken cancellationToken = default)
    {
        using IDisposable slot = await slots.AcquireAsync(LocalSlotClass.Preprocess, cancellationToken).ConfigureAwait(false);
        return await inner.AskAsync(program, arguments, workingDirectory, environment, cancellationToken).ConfigureAwait(false);
    }
}
