namespace IceCream.Sessions;

/// <summary>
/// The commands that have ended but are not in the history yet, because their parents have not reaped them. Statistics that are requested after
/// a command returned must include it. Thread-safe.
/// </summary>
internal sealed class EndingCommands(TimeProvider time)
{
    /// <summary>The limit on the wait: a parent that never reaps its children must not delay it longer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<Task> _ending = [];

    /// <summary>Adds a command that has ended.</summary>
    /// <param name="entered">Completes when the command is in the history.</param>
    public void Add(Task entered)
    {
        lock (_lock)
        {
            _ending.Add(entered);
        }
    }

    /// <summary>Removes a command that is now in the history, if it was added.</summary>
    public void Remove(Task entered)
    {
        lock (_lock)
        {
            _ending.Remove(entered);
        }
    }

    /// <summary>Completes when all commands that have ended so far are in the history, or after <see cref="Patience"/>.</summary>
    public async Task EnteredAsync(CancellationToken cancellationToken)
    {
        Task[] ending;
        lock (_lock)
        {
            ending = [.. _ending];
        }

        if (ending.Length > 0)
        {
            await Task.WhenAny(Task.WhenAll(ending), Task.Delay(Patience, time, cancellationToken)).ConfigureAwait(false);
        }
    }
}
