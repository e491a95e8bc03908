namespace IceCream.Nodes;

/// <summary>A token bucket for answers: a burst at once, and then a number per second. Not thread-safe.</summary>
internal sealed class AnswerBudget(int burst, int perSecond, TimeProvider time)
{
    private double _left = burst;
    private long _counted = time.GetTimestamp();

    /// <summary>Whether one more answer may be sent now; it is then counted.</summary>
    public bool TryTake()
    {
        long now = time.GetTimestamp();
        _left = Math.Min(burst, _left + (time.GetElapsedTime(_counted, now).TotalSeconds * perSecond));
        _counted = now;
        if (_left < 1)
        {
            return false;
        }

        _left--;
        return true;
    }
}
