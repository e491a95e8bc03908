using Microsoft.Win32.SafeHandles;

namespace IceCream.Storage;

/// <summary>The options of a <see cref="DiskBlobStore"/>.</summary>
internal sealed record DiskBlobStoreOptions
{
    /// <summary>The most bytes of blobs that are kept.</summary>
    /// <value>Above zero. Default: 20 GiB. Pinned blobs may exceed it, and an evicted blob takes disk space as long as a root links to it.</value>
    public long Limit { get; init; } = 20L << 30;

    /// <summary>
    /// Called when a blob is written and closed, before it can be executed. A process that was forked while the file was open for writing may still
    /// have it open, and then executing it fails with ETXTBSY: the callback must wait until no process does.
    /// </summary>
    public Action? BeforePublish { get; init; }

    /// <summary>
    /// Gives up something that links to blobs, so that removing those frees space; returns false when there is nothing more to give up. Called on a full disk only,
    /// without a lock of the store's.
    /// </summary>
    public Func<bool> GiveUpLinks { get; init; } = static () => false;

    /// <summary>Whether a folder that exists and cannot be written is opened all the same, for reading.</summary>
    public bool MayBeReadOnly { get; init; }

    /// <summary>Opens the file of a blob for reading. Tests replace it: no disk of theirs is broken.</summary>
    public Func<string, SafeFileHandle> Open { get; init; } =
        static path => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <exception cref="ArgumentException">The limit is not above zero.</exception>
    public void Validate()
    {
        if (Limit <= 0)
        {
            throw new ArgumentException($"The size limit of a blob store must be above zero, not {Limit}.");
        }
    }
}
