namespace IceCream.Sessions;

/// <summary>
/// One job at a time under each lease: a lease is the right to one slot, and whoever runs many jobs under it takes the slots of others. An agent that
/// cancelled a job may use its lease for the next one before the first has ended here, so that a second job waits and is not refused. Thread-safe.
/// </summary>
internal sealed class LeaseTurns
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(long Lease, string Agent), Turn> _turns = [];

    /// <summary>How many leases are in use.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _turns.Count;
            }
        }
    }

    /// <summary>Waits until no job runs under a lease.</summary>
    /// <param name="lease">The lease's number.</param>
    /// <param name="agent">The agent that it was granted to: a restarted scheduler may give a number again.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The turn, which ends when it is disposed.</returns>
    public async ValueTask<IDisposable> EnterAsync(long lease, string agent, CancellationToken cancellationToken)
    {
        Turn? turn;
        lock (_lock)
        {
            if (!_turns.TryGetValue((lease, agent), out turn))
            {
                _turns.Add((lease, agent), turn = new Turn());
            }

            turn.Claims++;
        }

        try
        {
            await turn.Free.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Forget((lease, agent), turn);
            throw;
        }

        return new Taken(() =>
        {
            turn.Free.Release();
            Forget((lease, agent), turn);
        });
    }

    /// <summary>Drops a claim, and with the last one all that is known of the lease.</summary>
    private void Forget((long Lease, string Agent) lease, Turn turn)
    {
        lock (_lock)
        {
            if (--turn.Claims == 0)
            {
                _turns.Remove(lease);
            }
        }
    }

    private sealed class Turn
    {
        public SemaphoreSlim Free { get; } = new(1);

        /// <summary>How many run or wait under the lease.</summary>
        public int Claims { get; set; }
    }

    private sealed class Taken(Action end) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                end();
            }
        }
    }
}
