using System.Collections.Concurrent;
using System.Collections.Immutable;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Storage;

namespace IceCream.Execution.Worker;

/// <summary>
/// Coordinates the transfer of missing blobs to a worker, so that each is requested once however many jobs need it. A job claims the blobs that it
/// will request from its own origin, and waits for those that others have claimed; a claim that fails passes to a waiting job.
/// </summary>
/// <param name="store">The destination of the blobs.</param>
/// <param name="time">Limits the sharing of pins; null: the system clock.</param>
internal sealed class BlobFetcher(IBlobStore store, TimeProvider? time = null)
{
    /// <summary>Folders of the distribution: a file there with the same path and digest need not be transferred.</summary>
    private static readonly string[] HostFolders = ["/usr/", "/opt/", "/lib/", "/lib64/", "/etc/", "/nix/"];

    /// <summary>
    /// How often a file of this machine is read in vain, and how many such files are remembered. A job may name one large file under any number of digests,
    /// and would have it read and copied for each.
    /// </summary>
    private const int MostTries = 3, MostTried = 64 << 10;

    /// <summary>How long a blob counts as stored without another check.</summary>
    private static readonly TimeSpan PinnedTime = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Digest, TaskCompletionSource> _claims = new();
    private readonly ConcurrentDictionary<FileIdentity, int> _triedInVain = new();
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private PinnedBlobs? _pinned;
    private long _pinnedSince;

    /// <summary>Shares the current pins: the caller must leave them when its job has ended.</summary>
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

    /// <summary>Makes later jobs check every blob again.</summary>
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

    /// <summary>The blobs of these files that are neither stored nor available from this machine's own file system.</summary>
    /// <param name="files">The files.</param>
    /// <param name="cancellationToken">Cancelled when the job's agent has left: files of this machine are read for nobody else.</param>
    /// <exception cref="IOException">The store is full or cannot be written.</exception>
    public ImmutableArray<Digest> FindMissing(IEnumerable<TreeFile> files, CancellationToken cancellationToken)
    {
        var missing = ImmutableArray.CreateBuilder<Digest>();
        var seen = new HashSet<Digest>();
        foreach (TreeFile file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (seen.Add(file.Digest) && !store.Contains(file.Digest) && !TakeFromHost(file))
            {
                missing.Add(file.Digest);
            }
        }

        return missing.DrainToImmutable();
    }

    /// <summary>Divides missing blobs into those that the caller must now request and those that others are requesting.</summary>
    /// <param name="missing">The missing blobs.</param>
    /// <param name="insist">Whether the caller has waited for others in vain, and now requests all of them itself.</param>
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
            // A blob may have been transferred although another job has claimed it. That job keeps its claim.
            _claims.TryRemove(new KeyValuePair<Digest, TaskCompletionSource>(digest, claim));
        }

        claim.TrySetResult();
    }

    /// <remarks>A file of the same length is most likely the same, so it is hashed only while it is copied.</remarks>
    private bool TakeFromHost(TreeFile file) =>
        HostFolders.Any(folder => file.Path.StartsWith(folder, StringComparison.Ordinal))
        && Linux.Stat(file.Path, followLinks: true, out FileStatus status) == 0
        && status.IsRegular
        && status.Length == file.Length
        && TryImport(file, new FileIdentity(status));

    private bool TryImport(in TreeFile file, in FileIdentity identity)
    {
        if (_triedInVain.TryGetValue(identity, out int tries) && tries >= MostTries)
        {
            return false;
        }

        if (store.TryImport(file.Digest, file.Path))
        {
            return true;
        }

        if (_triedInVain.Count >= MostTried)
        {
            _triedInVain.Clear();
        }

        _triedInVain.AddOrUpdate(identity, 1, static (_, before) => before + 1);
        return false;
    }
}

/// <summary>One job's claims. Disposing it releases them: waiting jobs then check again.</summary>
/// <param name="fetcher">The owner of the claims.</param>
/// <param name="claim">Completed when the claims are released.</param>
/// <param name="mine">The blobs that this job must request.</param>
/// <param name="others">Completes when the requests of others have ended, successfully or not.</param>
internal sealed class BlobClaims(BlobFetcher fetcher, TaskCompletionSource claim, ImmutableArray<Digest> mine, Task others) : IDisposable
{
    public ImmutableArray<Digest> Mine => mine;

    public Task Others => others;

    public void Dispose() => fetcher.Release(claim, mine);
}
