namespace IceCream.Execution.Hedging;

/// <summary>
/// How much work may be done in vain: one part in twenty of all that was done. A second attempt begins only if the whole job fits into what is left, since one of the two
/// attempts, which has not ended, has cost less than the whole. Counted in seconds of an average worker. Safe for use by several threads.
/// </summary>
internal sealed class HedgeBudget
{
    /// <summary>The part of all work that may be in vain.</summary>
    public const double Share = 0.05;

    private readonly Lock _lock = new();
    private double _done, _wasted, _reserved;

    /// <summary>What was done, and what of it in vain.</summary>
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

    /// <summary>A job was done, which costs so much.</summary>
    public void Earn(double seconds)
    {
        lock (_lock)
        {
            _done += Math.Max(0, seconds);
        }
    }

    /// <summary>Whether more was done in vain than may be: a worker that was thought to have stopped had not.</summary>
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

    /// <summary>Sets aside what a second attempt may cost.</summary>
    /// <returns>Whether there was enough.</returns>
    public bool TryReserve(double seconds)
    {
        lock (_lock)
        {
            bool fits = _wasted + _reserved + seconds <= Share * _done;
            _reserved += fits ? seconds : 0;
            return fits;
        }
    }

    /// <summary>A second attempt has ended, for which so much had been set aside, and so much was done in vain.</summary>
    public void Settle(double reserved, double wasted)
    {
        lock (_lock)
        {
            _reserved = Math.Max(0, _reserved - reserved);
            _wasted += Math.Max(0, wasted);
        }
    }
}
