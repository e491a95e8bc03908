using System.Collections.Concurrent;
using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Storage;

namespace IceCream.Execution.Worker;

/// <summary>
/// What a worker lacks for its jobs, each blob asked for once however many jobs wait for it. A job claims what it will ask its own
/// origin for, and waits for what others have claimed; a claim that fails goes to one of those that wait.
/// </summary>
/// <param name="store">Where the blobs go.</param>
/// <param name="time">Ends the shifts; the system's clock when null.</param>
internal sealed class BlobFetcher(IBlobStore store, TimeProvider? time = null)
{
    /// <summary>Folders that belong to the distribution: what lies there under the same path with the same digest need not travel.</summary>
    private static readonly string[] HostFolders = ["/usr/", "/opt/", "/lib/", "/lib64/", "/etc/", "/nix/"];

    /// <summary>How long a blob counts as being in the store without being looked for again.</summary>
    private static readonly TimeSpan PinnedTime = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Digest, TaskCompletionSource> _claims = new();
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private PinnedBlobs? _pinned;
    private long _pinnedSince;

    /// <summary>Shares the blobs that are pinned at present: the caller leaves them when its job is done.</summary>
    public PinnedBlobs Enter()
    {
        lock (_lock)
        {
            if (_pinned is null || _time.GetElapsedTime(_pinnedSince) >= PinnedTime)
            {
                _pinned?.Leave();
                _pinned = new PinnedBlobs(store);
                _pinnedSince = _time.GetTimestamp();
            }

            _pinned.Enter();
            return _pinned;
        }
    }

    /// <summary>Sees to it that jobs which come later look for every blob again.</summary>
    public void Distrust(PinnedBlobs pinned)
    {
        lock (_lock)
        {
            if (_pinned == pinned)
            {
                _pinned = null;
                pinned.Leave();
            }
        }
    }

    /// <summary>The blobs of these files that are neither here nor to be had from this machine's own file system.</summary>
    /// <exception cref="IOException">The store is full or cannot be written.</exception>
    public ImmutableArray<Digest> FindMissing(IEnumerable<TreeFile> files)
    {
        var missing = ImmutableArray.CreateBuilder<Digest>();
        var seen = new HashSet<Digest>();
        foreach (TreeFile file in files)
        {
            if (seen.Add(file.Digest) && !store.Contains(file.Digest) && !TakeFromHost(file))
            {
                missing.Add(file.Digest);
            }
        }

        return missing.DrainToImmutable();
    }

    /// <summary>Divides what is missing into what the caller must now bring and what others are bringing.</summary>
    /// <param name="missing">What is missing.</param>
    /// <param name="insist">Whether the caller has waited for others in vain, and brings it itself whoever else is at it.</param>
    public BlobClaims Claim(ImmutableArray<Digest> missing, bool insist)
    {
        var claim = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mine = ImmutableArray.CreateBuilder<Digest>();
        var others = new List<Task>();
        foreach (Digest digest in missing)
        {
            TaskCompletionSource holder = _claims.GetOrAdd(digest, claim);
            if (holder == claim || insist)
            {
                mine.Add(digest);
            }
            else
            {
                others.Add(holder.Task);
            }
        }

        return new BlobClaims(this, claim, mine.DrainToImmutable(), Task.WhenAll(others));
    }

    internal void Release(TaskCompletionSource claim, ImmutableArray<Digest> digests)
    {
        foreach (Digest digest in digests)
        {
            // A blob may have been brought although another job has claimed it. That job keeps its claim.
            _claims.TryRemove(new KeyValuePair<Digest, TaskCompletionSource>(digest, claim));
        }

        claim.TrySetResult();
    }

    /// <remarks>A file of the same length is most likely the same: it is hashed while it is copied, and not before.</remarks>
    private bool TakeFromHost(TreeFile file) =>
        HostFolders.Any(folder => file.Path.StartsWith(folder, StringComparison.Ordinal))
        && Linux.Stat(file.Path, followLinks: true, out FileStatus status) == 0
        && status.IsRegular
        && status.Length == file.Length
        && store.TryImport(file.Digest, file.Path);
}

/// <summary>One job's part in the fetcher. Disposing it releases the claims: whoever waited looks again.</summary>
/// <param name="fetcher">Where the claims are held.</param>
/// <param name="claim">What others wait for.</param>
/// <param name="mine">What this job must bring.</param>
/// <param name="others">Completes when what others are bringing has come, or has failed to.</param>
internal sealed class BlobClaims(BlobFetcher fetcher, TaskCompletionSource claim, ImmutableArray<Digest> mine, Task others) : IDisposable
{
    public ImmutableArray<Digest> Mine => mine;

    public Task Others => others;

    public void Dispose() => fetcher.Release(claim, mine);
}
