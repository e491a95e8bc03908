using IceCream.Platform;

namespace IceCream.Digests;

/// <summary>Everything about a file that an edit or a replacement changes.</summary>
internal readonly record struct FileIdentity(
    ulong Device, ulong Inode, long Length, long ModifiedSeconds, uint ModifiedNanoseconds, long ChangedSeconds, uint ChangedNanoseconds)
{
    // The kernel stamps files with its tick, not with the time: two edits within a tick look like one. Ticks are 10 ms or less.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    // Some file systems stamp in whole seconds, or in every other one; theirs have no part of a second, and a finer stamp has none once in a
    // hundred years of edits.
    private static readonly TimeSpan CoarseStep = TimeSpan.FromSeconds(2);

    public FileIdentity(in FileStatus status)
        : this(
            status.Device, status.Inode, status.Length, status.ModifiedSeconds, status.ModifiedNanoseconds,
            status.ChangedSeconds, status.ChangedNanoseconds)
    {
    }

    /// <summary>
    /// Whether an edit after this time would have shown in a later identity. Every edit moves the time of change, which no program can set;
    /// so that one alone decides. What has a time of change in the future, because a clock was set back, is never settled.
    /// </summary>
    public bool IsSettled(DateTimeOffset now) =>
        now - DateTimeOffset.FromUnixTimeSeconds(ChangedSeconds).AddTicks(ChangedNanoseconds / 100) > (ChangedNanoseconds == 0 ? CoarseStep + Tick : Tick);
}
