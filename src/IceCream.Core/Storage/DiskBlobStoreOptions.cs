namespace IceCream.Storage;

/// <summary>How a <see cref="DiskBlobStore"/> behaves.</summary>
internal sealed record DiskBlobStoreOptions
{
    /// <summary>How many bytes of blobs are kept.</summary>
    /// <value>Above zero; 20 GiB unless told. Pinned blobs may exceed it, and the bytes of evicted blobs take room for as long as a root links them.</value>
    public long Limit { get; init; } = 20L << 30;

    /// <summary>
    /// Called when a blob is written and closed, before it can be executed. A process that was forked while the file was open for writing
    /// may still hold it, and executing it would fail with ETXTBSY: this is the place to wait until none does.
    /// </summary>
    public Action? BeforePublish { get; init; }

    /// <exception cref="ArgumentException">The limit is not above zero.</exception>
    public void Validate()
    {
        if (Limit <= 0)
        {
            throw new ArgumentException($"The size limit of a blob store must be above zero, not {Limit}.");
        }
    }
}
