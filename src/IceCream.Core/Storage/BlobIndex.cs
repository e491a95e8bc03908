using System.Diagnostics.CodeAnalysis;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Storage;

/// <summary>This process's knowledge of the blobs on disk: their order by last use, their sizes, and the pins. Not thread-safe: the store's lock protects it.</summary>
internal sealed class BlobIndex
{
    private readonly Dictionary<Digest, LinkedListNode<Blob>> _blobs = [];
    private readonly LinkedList<Blob> _byUse = [];
    private readonly Dictionary<Digest, int> _pins = [];

    /// <summary>The total size of all blobs in bytes.</summary>
    public long Size { get; private set; }

    public int Count => _blobs.Count;

    public bool TryGet(Digest digest, [NotNullWhen(true)] out Blob? blob)
    {
        blob = _blobs.TryGetValue(digest, out LinkedListNode<Blob>? node) ? node.Value : null;
        return blob is not null;
    }

    /// <summary>Adds a blob as the most recently used one, replacing any entry of it.</summary>
    public void Add(Blob blob)
    {
        Remove(blob.Digest);
        _blobs.Add(blob.Digest, _byUse.AddLast(blob));
        Size += blob.Length;
    }

    public void Remove(Digest digest)
    {
        if (_blobs.Remove(digest, out LinkedListNode<Blob>? node))
        {
            _byUse.Remove(node);
            Size -= node.Value.Length;
        }
    }

    /// <summary>Makes a blob the most recently used one.</summary>
    public void Use(Digest digest)
    {
        if (_blobs.TryGetValue(digest, out LinkedListNode<Blob>? node))
        {
            _byUse.Remove(node);
            _byUse.AddLast(node);
        }
    }

    public void Pin(Digest digest) => _pins[digest] = _pins.GetValueOrDefault(digest) + 1;

    public void Unpin(Digest digest)
    {
        if (_pins[digest] == 1)
        {
            _pins.Remove(digest);
        }
        else
        {
            _pins[digest]--;
        }
    }

    /// <summary>Blobs without a pin, the least recently used first. The current blob may be removed before the next is requested.</summary>
    public IEnumerable<Blob> Unpinned()
    {
        for (LinkedListNode<Blob>? node = _byUse.First, next; node is not null; node = next)
        {
            next = node.Next;
            if (!_pins.ContainsKey(node.Value.Digest))
            {
                yield return node.Value;
            }
        }
    }

    /// <summary>One blob. A file that is no longer the verified one (another inode, size or time) is verified again.</summary>
    internal sealed class Blob(Digest digest, long length)
    {
        public Digest Digest { get; } = digest;

        public long Length { get; } = length;

        /// <summary>The status of the verified file; the default when none was verified.</summary>
        public FileStatus Verified { get; init; }

        /// <summary>When its atime was last set.</summary>
        public DateTimeOffset Touched { get; set; }

        public bool IsVerified(in FileStatus now) =>
            Verified.Inode == now.Inode && Verified.Device == now.Device && Verified.Length == now.Length && Verified.IsRegular
            && Verified.ModifiedSeconds == now.ModifiedSeconds && Verified.ModifiedNanoseconds == now.ModifiedNanoseconds;
    }
}
