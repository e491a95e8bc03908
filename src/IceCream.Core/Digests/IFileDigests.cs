using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Digests;

/// <summary>What is known about a file without reading it again: its digest and the identity for which the digest was computed.</summary>
/// <param name="Digest">The digest of its bytes.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Modified">Its time of modification, whole Unix seconds.</param>
/// <param name="Device">The device that it is on.</param>
/// <param name="Inode">Its inode number on the device.</param>
internal readonly record struct FileDigest(Digest Digest, long Length, long Modified, ulong Device, ulong Inode);

/// <summary>Receives a content together with its digest.</summary>
internal delegate void ContentReader(Digest digest, ReadOnlySpan<byte> content);

/// <summary>Digests of files, remembered by device, inode, size, time of modification and of change: a file is read again only when one of them differs.</summary>
internal interface IFileDigests
{
    /// <summary>The digest of a regular file.</summary>
    /// <param name="path">Absolute; symbolic links are followed.</param>
    /// <param name="digest">The digest and identity.</param>
    /// <returns>False when there is no regular file there or it cannot be read.</returns>
    bool TryGet(string path, out FileDigest digest);

    /// <summary>
    /// The same for a caller that has just read the file's status, which is not read again. If the file must be read and is short enough to be read at
    /// once, <paramref name="content"/> receives its bytes, so that the caller need not read it again.
    /// </summary>
    internal bool TryGet(string path, in FileStatus status, ContentReader? content, out FileDigest digest) => TryGet(path, out digest);

    /// <summary>Whether a file was open for writing when it was last read. Writes through a memory mapping show in no status, so it must be read again.</summary>
    internal bool MayChangeUnseen(string path) => false;
}
