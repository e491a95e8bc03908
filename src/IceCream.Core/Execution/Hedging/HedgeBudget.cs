namespace IceCream.Execution.Hedging;

/// <summary>
/// Limits wasted work to one twentieth of all work done. A second attempt starts only if the whole job fits into the remaining budget, since the
/// attempt that is cancelled, which has not ended, has cost less than the whole. Measured in seconds of an average worker. Safe for use by several
/// threads.
/// </summary>
internal sealed class HedgeBudget
{
    /// <summary>The share of all work that may be wasted.</summary>
    public const double Share = 0.05;

    private readonly Lock _lock = new();
    private double _done, _wasted, _reserved;

    /// <summary>The total work, and the wasted part of it.</summary>
    public (double Done, double Wasted) Spent
    {
        get
        {
            lock (_lock)
            {
                return (_done, _wasted);
            }
        }
    }

    /// <summary>Adds the cost of a finished job.</summary>
    public void Earn(double seconds)
    {
        lock (_lock)
        {
            _done += Math.Max(0, seconds);
        }
    }

    /// <summary>Whether the budget is exceeded: a worker that was thought to have stopped had not.</summary>
    public bool IsOverdrawn
    {
        get
        {
            lock (_lock)
            {
                return _wasted > Share * _done;
            }
        }
    }

    /// <summary>Reserves the cost of a second attempt.</summary>
    /// <returns>Whether the budget was sufficient.</returns>
    public bool TryReserve(double seconds)
    {
        lock (_lock)
        {
            bool fits = _wasted + _reserved + seconds <= Share * _done;
            _reserved += fits ? seconds : 0;
            return fits;
        }
    }

    /// <summary>Releases the reservation of a second attempt that has ended, and adds the wasted work.</summary>
    public void Settle(double reserved, double wasted)
    {
        lock (_lock)
        {
            _reserved = Math.Max(0, _reserved - reserved);
            _wasted += Math.Max(0, wasted);
        }
    }
}
