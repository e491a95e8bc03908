using IceCream.Platform;

namespace IceCream.Storage;

/// <summary>Everything about a file that an edit or a replacement changes.</summary>
internal readonly record struct FileIdentity(
    ulong Device, ulong Inode, long Length, long ModifiedSeconds, uint ModifiedNanoseconds, long ChangedSeconds, uint ChangedNanoseconds)
{
    public FileIdentity(in FileStatus status)
        : this(
            status.Device, status.Inode, status.Length, status.ModifiedSeconds, status.ModifiedNanoseconds,
            status.ChangedSeconds, status.ChangedNanoseconds)
    {
    }
}
