using IceCream.Platform;

namespace IceCream.Digests;

/// <summary>All properties of a file that an edit or a replacement changes.</summary>
internal readonly record struct FileIdentity(
    ulong Device, ulong Inode, long Length, long ModifiedSeconds, uint ModifiedNanoseconds, long ChangedSeconds, uint ChangedNanoseconds)
{
    // The kernel stamps files with its tick, not with the exact time: two edits within a tick look like one. A tick is 10 ms or less.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    // Some file systems stamp in whole or in even seconds. Their stamps have no fraction of a second; a finer stamp has none once in a hundred
    // years of edits.
    private static readonly TimeSpan CoarseStep = TimeSpan.FromSeconds(2);

    public FileIdentity(in FileStatus status)
        : this(
            status.Device, status.Inode, status.Length, status.ModifiedSeconds, status.ModifiedNanoseconds,
            status.ChangedSeconds, status.ChangedNanoseconds)
    {
    }

    /// <summary>
    /// Whether an edit after this time would have changed the identity. Every edit moves the time of change (ctime), which no program can set, so ctime alone
    /// decides. A file whose ctime lies in the future, because a clock was set back, is never settled.
    /// </summary>
    public bool IsSettled(DateTimeOffset now) =>
        now - DateTimeOffset.FromUnixTimeSeconds(ChangedSeconds).AddTicks(ChangedNanoseconds / 100) > (ChangedNanoseconds == 0 ? CoarseStep + Tick : Tick);
}
