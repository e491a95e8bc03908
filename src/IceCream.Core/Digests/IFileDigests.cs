using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Digests;

/// <summary>What is known of a file without reading it again: its digest and the identity under which that was computed.</summary>
/// <param name="Digest">The name of its bytes.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Modified">Its time of modification, whole Unix seconds.</param>
/// <param name="Device">The device it lies on.</param>
/// <param name="Inode">Its number on the device.</param>
internal readonly record struct FileDigest(Digest Digest, long Length, long Modified, ulong Device, ulong Inode);

/// <summary>Is shown a content together with its name.</summary>
internal delegate void ContentReader(Digest digest, ReadOnlySpan<byte> content);

/// <summary>Digests of files, remembered by device, inode, size, time of modification and of change: a file is read again only when one of them differs.</summary>
internal interface IFileDigests
{
    /// <summary>The digest of a regular file.</summary>
    /// <param name="path">Absolute; symbolic links are followed.</param>
    /// <param name="digest">What is known.</param>
    /// <returns>False when there is no regular file there or it cannot be read.</returns>
    bool TryGet(string path, out FileDigest digest);

    /// <summary>
    /// The same for who has just asked for the file's status, so that it is not asked for again, and who may want to read the content, so
    /// that it is not read again: it is shown when it had to be read and was short enough to be read at once.
    /// </summary>
    internal bool TryGet(string path, in FileStatus status, ContentReader? content, out FileDigest digest) => TryGet(path, out digest);

    /// <summary>Whether a file was open for writing when it was last read: what is stored through a mapping shows in no status, so it is to be read again.</summary>
    internal bool MayChangeUnseen(string path) => false;
}
