namespace IceCream.Host.Endpoints;

/// <summary>The limit on how long a command waits for another process: one that a signal has stopped can be connected to, and never answers.</summary>
internal static class Answers
{
    /// <summary>How long an answer may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Waits for an answer, but not longer than <see cref="Patience"/>.</summary>
    /// <typeparam name="T">The type of the answer.</typeparam>
    /// <param name="who">Who is asked, as the beginning of a sentence.</param>
    /// <param name="ask">Asks; cancelled when the time is over.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait, too.</param>
    /// <exception cref="IOException">No answer came in time, or what asking failed with.</exception>
    public static async Task<T> AwaitAsync<T>(string who, Func<CancellationToken, Task<T>> ask, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ask(either.Token);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{who} did not answer within {Patience.TotalSeconds:0} s. Perhaps a signal has stopped it.", e);
        }
    }
}
