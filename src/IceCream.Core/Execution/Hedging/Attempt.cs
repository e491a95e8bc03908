using IceCream.Clients;
using IceCream.Jobs;

namespace IceCream.Execution.Hedging;

/// <summary>One of the attempts at a job: the slot that it uses, and its end.</summary>
/// <param name="slot">The slot. It is given back when the attempt has ended, unless somebody else takes it over.</param>
/// <param name="time">Measures.</param>
/// <param name="cancellationToken">Ends it, as <see cref="CancelAsync"/> does.</param>
internal sealed class Attempt(SlotHolding slot, TimeProvider time, CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource _cancelling = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private readonly long _since = time.GetTimestamp();

    public SlotHolding Slot => slot;

    /// <summary>How long it has taken, in seconds.</summary>
    public double Elapsed => time.GetElapsedTime(_since).TotalSeconds;

    /// <summary>Tells how long nothing was heard of the worker; until there is a connection, that is for as long as the attempt lasts.</summary>
    public Func<TimeSpan>? SilentFor { get; set; }

    /// <summary>How long nothing was heard of the worker. This machine is never silent.</summary>
    public TimeSpan Silent => slot.IsHere ? TimeSpan.Zero : SilentFor?.Invoke() ?? time.GetElapsedTime(_since);

    /// <summary>Whether the worker seems to have stopped.</summary>
    public bool IsSilent => Silent >= HedgePolicy.Silence;

    /// <summary>Its result, once it has been started.</summary>
    public Task<CompileResult> Ended { get; private set; } = Task.FromException<CompileResult>(new InvalidOperationException("It was not started."));

    /// <summary>Cancelled when its result is of no use any more.</summary>
    public CancellationToken Token => _cancelling.Token;

    /// <summary>Starts it.</summary>
    public Attempt Start(Func<Attempt, ValueTask<CompileResult>> run)
    {
        Ended = RunAsync(run);
        return this;
    }

    /// <summary>Its result counts: its slot is whoever's who asked for the job.</summary>
    public SlotHolding Keep()
    {
        Dispose();
        return slot;
    }

    /// <summary>It cannot be cancelled any more. Its slot is not given back by this.</summary>
    public void Dispose() => _cancelling.Dispose();

    /// <summary>Its result is of no use: ends it, gives its slot back when it has ended, and what it brings all the same.</summary>
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
        // Whatever the attempt does before it first waits is not done by whoever starts it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return await run(this).ConfigureAwait(false);
    }
}
