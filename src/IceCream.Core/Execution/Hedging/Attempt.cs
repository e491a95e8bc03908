using IceCream.Clients;
using IceCream.Jobs;

namespace IceCream.Execution.Hedging;

/// <summary>One attempt at a job: its slot and its result.</summary>
/// <param name="slot">The slot. It is returned when the attempt has ended, unless it is kept with <see cref="Keep"/>.</param>
/// <param name="time">The clock.</param>
/// <param name="cancellationToken">Ends it, as <see cref="CancelAsync"/> does.</param>
internal sealed class Attempt(SlotHolding slot, TimeProvider time, CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource _cancelling = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private readonly long _since = time.GetTimestamp();

    public SlotHolding Slot => slot;

    /// <summary>The elapsed time, in seconds.</summary>
    public double Elapsed => time.GetElapsedTime(_since).TotalSeconds;

    /// <summary>Returns how long the worker has been silent; null until the attempt knows, when its elapsed time counts.</summary>
    public Func<TimeSpan>? SilentFor { get; set; }

    /// <summary>How long the worker has been silent. This machine is never silent.</summary>
    public TimeSpan Silent => slot.IsHere ? TimeSpan.Zero : SilentFor?.Invoke() ?? time.GetElapsedTime(_since);

    /// <summary>Whether the worker seems to have stopped.</summary>
    public bool IsSilent => Silent >= HedgePolicy.Silence;

    /// <summary>Its result, after it was started.</summary>
    public Task<CompileResult> Ended { get; private set; } = Task.FromException<CompileResult>(new InvalidOperationException("It was not started."));

    /// <summary>Cancelled when its result is not needed any more.</summary>
    public CancellationToken Token => _cancelling.Token;

    public Attempt Start(Func<Attempt, ValueTask<CompileResult>> run)
    {
        Ended = RunAsync(run);
        return this;
    }

    /// <summary>Takes over its slot, because its result is used.</summary>
    public SlotHolding Keep()
    {
        Dispose();
        return slot;
    }

    /// <summary>Disposes the cancellation source. The slot is not returned.</summary>
    public void Dispose() => _cancelling.Dispose();

    /// <summary>Cancels it because its result is not needed: waits for its end, discards any result, and returns its slot.</summary>
    public async Task CancelAsync()
    {
        await _cancelling.CancelAsync().ConfigureAwait(false);
        await ((Task)Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Ended.IsCompletedSuccessfully)
        {
            Ended.Result.Discard();
        }

        slot.Dispose();
        Dispose();
    }

    private async Task<CompileResult> RunAsync(Func<Attempt, ValueTask<CompileResult>> run)
    {
        if (slot.IsHere)
        {
            // What is prepared here before its compiler starts does not run in the caller. For a worker a job is encoded and handed to the connection, which
            // takes less than a change of threads.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }

        return await run(this).ConfigureAwait(false);
    }
}
