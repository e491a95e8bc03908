using System.Collections.Concurrent;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Preprocessing;

namespace IceCream.FileSystem;

/// <summary>The directives of files, parsed once per content and cached. Entries that were not used recently are dropped. Thread-safe.</summary>
/// <param name="digests">The digests of files.</param>
/// <param name="budget">About how many bytes the cache may hold.</param>
internal sealed class SourceReader(IFileDigests digests, long budget = SourceReader.DefaultBudget)
{
    /// <summary>Enough for some tens of thousands of headers.</summary>
    public const long DefaultBudget = 64 << 20;

    private const long LongestSource = 64 << 20;
    private const int Attempts = 3;

    private static readonly SourceDirectives TooLong = new() { Doubt = "more than 64 MiB" };

    private readonly Lock _turning = new();

    // Two generations make a cheap approximation of "least recently used": the older one is dropped when the younger is full.
    private volatile ConcurrentDictionary<Digest, SourceDirectives> _young = new(), _old = new();
    private long _size;
    private int _read;

    /// <summary>The number of contents that were parsed.</summary>
    public int ContentsRead => Volatile.Read(ref _read);

    /// <summary>The directives of a regular file; null when there is none or it cannot be read.</summary>
    /// <param name="path">Absolute.</param>
    public SourceDirectives? Read(string path) => digests.TryGet(path, out FileDigest digest) ? Read(path, digest) : null;

    /// <summary>The same for a file with a known digest.</summary>
    public SourceDirectives? Read(string path, FileDigest digest)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (attempt > 0 && !digests.TryGet(path, out digest))
            {
                return null;
            }

            if (_young.TryGetValue(digest.Digest, out SourceDirectives? known))
            {
                return known;
            }

            if (_old.TryGetValue(digest.Digest, out known))
            {
                Remember(digest.Digest, known);
                return known;
            }

            if (digest.Length > LongestSource)
            {
                return TooLong;
            }

            byte[] bytes;
            try
            {
                bytes = Platform.Linux.ReadAllBytes(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Null is the documented result for a file that cannot be read.
                return null;
            }

            // An edit in between must not store the new content under the old digest.
            if (Digest.Of(bytes) == digest.Digest)
            {
                Interlocked.Increment(ref _read);
                SourceDirectives read = DirectiveReader.Read(bytes);
                Remember(digest.Digest, read);
                return read;
            }
        }

        return null;
    }

    /// <summary>Parses a content that was just read for another purpose.</summary>
    public void Learn(Digest digest, ReadOnlySpan<byte> content)
    {
        if (!_young.ContainsKey(digest) && !_old.ContainsKey(digest))
        {
            Interlocked.Increment(ref _read);
            Remember(digest, DirectiveReader.Read(content));
        }
    }

    /// <summary>Whether a file has the same directives as with its previous content. False when those have been dropped.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="before">The previous content.</param>
    /// <param name="now">The file's current state.</param>
    public bool HaveSameDirectives(string path, Digest before, FileDigest now) =>
        (_young.TryGetValue(before, out SourceDirectives? known) || _old.TryGetValue(before, out known)) && Read(path, now) is { } read && read.SaysTheSame(known);

    private void Remember(Digest digest, SourceDirectives directives)
    {
        if (!_young.TryAdd(digest, directives) || Interlocked.Add(ref _size, directives.Footprint) < budget / 2)
        {
            return;
        }

        lock (_turning)
        {
            if (Volatile.Read(ref _size) >= budget / 2)
            {
                _old = _young;
                _young = new ConcurrentDictionary<Digest, SourceDirectives>();
                Volatile.Write(ref _size, 0);
            }
        }
    }
}
