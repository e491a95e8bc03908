using System.Collections.Concurrent;
using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Storage;

namespace IceCream.Execution.Worker;

/// <summary>
/// Blobs that lie in the store, pinned so that the store does not evict them. The jobs that begin within one minute share them, so a job whose files another job
/// has just used does not ask the store. The blobs are released when the minute is over and the last of those jobs has ended.
/// </summary>
internal sealed class PinnedBlobs(IBlobStore store)
{
    private readonly ConcurrentDictionary<Digest, bool> _blobs = new(), _trees = new();
    private readonly ConcurrentBag<IDisposable> _pins = [];

    // The first one is the fetcher's.
    private int _holders = 1;

    /// <summary>A job begins to use the blobs. The fetcher lets no job in after the end.</summary>
    public void Enter() => Interlocked.Increment(ref _holders);

    /// <summary>The files whose blobs are not known to be there.</summary>
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

    /// <summary>Keeps blobs in the store, also those that are still to come. It is called before one looks whether they are there.</summary>
    public void Pin(ImmutableArray<TreeFile> files)
    {
        if (!files.IsEmpty)
        {
            _pins.Add(store.Pin(files.Select(static file => file.Digest)));
        }
    }

    /// <summary>Notes that blobs, which were pinned before, are there.</summary>
    public void Know(ImmutableArray<TreeFile> files)
    {
        foreach (ref readonly TreeFile file in files.AsSpan())
        {
            _blobs.TryAdd(file.Digest, true);
        }
    }

    /// <summary>Whether a tree and all blobs that it names are known to be there.</summary>
    public bool KnowsTree(Digest tree) => _trees.ContainsKey(tree);

    /// <summary>Notes that a tree is there, and all blobs that it names.</summary>
    public void KnowTree(Digest tree) => _trees.TryAdd(tree, true);

    /// <summary>A job has ended, or the minute is over. The last one releases the blobs.</summary>
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
