namespace IceCream.Sessions;

/// <summary>
/// The commands that have ended and are not in the history yet, because their parents have still to learn how they ended. Whoever asks what was done after a
/// command has returned is to hear of it. Safe for use by several threads.
/// </summary>
internal sealed class EndingCommands(TimeProvider time)
{
    /// <summary>A parent that does not care for its children keeps nobody waiting.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<Task> _ending = [];

    /// <summary>A command has ended.</summary>
    /// <param name="entered">Completes when it is in the history.</param>
    public void Add(Task entered)
    {
        lock (_lock)
        {
            _ending.Add(entered);
        }
    }

    /// <summary>The command is in the history, or never was one of these.</summary>
    public void Remove(Task entered)
    {
        lock (_lock)
        {
            _ending.Remove(entered);
        }
    }

    /// <summary>Completes when all that have ended by now are in the history, or after <see cref="Patience"/>.</summary>
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
