namespace IceCream.Inputs;

/// <summary>How often each way of finding inputs was the one that answered. Thread-safe.</summary>
internal sealed class InputCounters
{
    private long _scanned, _asked;

    /// <summary>Jobs whose inputs the scanner found.</summary>
    public long Scanned => Volatile.Read(ref _scanned);

    /// <summary>Jobs for which the compiler had to be asked.</summary>
    public long Asked => Volatile.Read(ref _asked);

    public void Count(InputRung rung) => Interlocked.Increment(ref rung == InputRung.Scanner ? ref _scanned : ref _asked);
}
