using System.Collections.Concurrent;
using IceCream.Jobs;
using IceCream.Storage;

namespace IceCream.Inputs;

/// <summary>The directives of files, read once per content. What has not been asked for lately is forgotten. Thread-safe.</summary>
/// <param name="digests">Tells contents apart.</param>
/// <param name="budget">About how many bytes may be remembered.</param>
internal sealed class SourceReader(IFileDigests digests, long budget = SourceReader.DefaultBudget)
{
    /// <summary>Enough for some tens of thousands of headers.</summary>
    public const long DefaultBudget = 64 << 20;

    private const long LongestSource = 64 << 20;
    private const int Attempts = 3;

    private static readonly SourceDirectives TooLong = new() { Obstacle = "more than 64 MiB" };

    private readonly Lock _turning = new();

    // Two generations make a cheap approximation of "least recently used": the older one is dropped when the younger is full.
    private volatile ConcurrentDictionary<Digest, SourceDirectives> _young = new(), _old = new();
    private long _size;
    private int _read;

    /// <summary>How many contents were read.</summary>
    public int ContentsRead => Volatile.Read(ref _read);

    /// <summary>The directives of a regular file; null when there is none or it cannot be read.</summary>
    /// <param name="path">Absolute.</param>
    public SourceDirectives? Read(string path)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (!digests.TryGet(path, out FileDigest digest))
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
                bytes = File.ReadAllBytes(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The contract's answer for what cannot be read.
                return null;
            }

            // An edit in between must not give the old content's name to the new one.
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
