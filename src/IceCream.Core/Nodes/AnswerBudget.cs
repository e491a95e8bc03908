namespace IceCream.Nodes;

/// <summary>How many answers may leave: a burst at once, and so many per second from then on. One caller at a time.</summary>
internal sealed class AnswerBudget(int burst, int perSecond, TimeProvider time)
{
    private double _left = burst;
    private long _counted = time.GetTimestamp();

    /// <summary>Whether one more may leave now; counted when it may.</summary>
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
