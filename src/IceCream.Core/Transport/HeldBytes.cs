namespace IceCream.Transport;

/// <summary>The memory that the frames of one connection's channels take, counted against a limit. Safe for use by several threads.</summary>
/// <param name="limit">How much there may be, in bytes.</param>
/// <param name="exceeded">Called when there is more: the connection cannot go on.</param>
internal sealed class HeldBytes(long limit, Action exceeded)
{
    private long _held;

    /// <summary>Counts a change.</summary>
    /// <returns>False when there is too much now.</returns>
    public bool TryChange(long by)
    {
        if (Interlocked.Add(ref _held, by) <= limit || by <= 0)
        {
            return true;
        }

        exceeded();
        return false;
    }
}
