using System.Collections.Concurrent;
using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Storage;

namespace IceCream.Execution.Worker;

/// <summary>
/// Stored blobs that are pinned against eviction. All jobs that begin within one minute share them, so a job with the files of a recent one does not
/// query the store. The blobs are released when the minute is over and the last of those jobs has ended.
/// </summary>
internal sealed class PinnedBlobs(IBlobStore store)
{
    private readonly ConcurrentDictionary<Digest, bool> _blobs = new(), _trees = new();
    private readonly ConcurrentBag<IDisposable> _pins = [];

    // The first holder is the fetcher.
    private int _holders = 1;

    /// <summary>Adds a job to the holders. The fetcher adds none after the end.</summary>
    public void Enter() => Interlocked.Increment(ref _holders);

    /// <summary>The files whose blobs are not known to be stored.</summary>
    public ImmutableArray<TreeFile> FindUnknown(ImmutableArray<TreeFile> files)
    {
        ImmutableArray<TreeFile>.Builder? unknown = null;
        foreach (ref readonly TreeFile file in files.AsSpan())
        {
            if (!_blobs.ContainsKey(file.Digest))
            {
                (unknown ??= ImmutableArray.CreateBuilder<TreeFile>()).Add(file);
            }
        }

        return unknown?.DrainToImmutable() ?? [];
    }

    /// <summary>Pins blobs, including those that are not stored yet. It must be called before the check whether they are stored.</summary>
    public void Pin(ImmutableArray<TreeFile> files)
    {
        if (!files.IsEmpty)
        {
            _pins.Add(store.Pin(files.Select(static file => file.Digest)));
        }
    }

    /// <summary>Notes that previously pinned blobs are stored.</summary>
    public void Know(ImmutableArray<TreeFile> files)
    {
        foreach (ref readonly TreeFile file in files.AsSpan())
        {
            _blobs.TryAdd(file.Digest, true);
        }
    }

    /// <summary>Whether a tree and all its blobs are known to be stored.</summary>
    public bool KnowsTree(Digest tree) => _trees.ContainsKey(tree);

    /// <summary>Notes that a tree and all its blobs are stored.</summary>
    public void KnowTree(Digest tree) => _trees.TryAdd(tree, true);

    /// <summary>Removes a holder: a job that has ended, or the fetcher after the minute. The last one releases the blobs.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            while (_pins.TryTake(out IDisposable? pin))
            {
                pin.Dispose();
            }
        }
    }
}
