using System.Collections.Concurrent;
using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Caching.Sharing;

/// <summary>
/// The results of other agents: requested when this agent has none, verified by their digests, and then stored here. New results of this agent are
/// published in the background.
/// </summary>
internal sealed class SharedCache : IAsyncDisposable
{
    /// <summary>The most input sets of others that are compared for one job.</summary>
    private const int MostTried = 8;

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1), Introduction = TimeSpan.FromSeconds(1);

    private readonly SharedAccess _access;
    private readonly ResultStore _store;
    private readonly CacheCounters _counters;
    private readonly TimeProvider _time;
    private readonly SharedTeller _teller;
    private readonly SharedFilter? _filter;
    private readonly CancellationTokenSource _closing = new();

    // A compile may end after the agent has been disposed.
    private readonly CancellationToken _closed;
    private readonly ConcurrentDictionary<Task, bool> _ending = new();
    private readonly Task _opening;

    public SharedCache(SharedAccess access, ResultStore store, CacheCounters counters, TimeProvider time)
    {
        (_access, _store, _counters, _time) = (access, store, counters, time);
        _closed = _closing.Token;
        _teller = new SharedTeller(access, counters, time);
        _filter = access.Store is ISharedNames names ? new SharedFilter(names, counters, time) : null;
        _opening = Task.Run(OpenAsync);
    }

    /// <summary>Waits, for a limited time, until the store has answered once: otherwise the first jobs of a build that starts now would ask in vain.</summary>
    public async Task OpenedAsync(CancellationToken cancellationToken) =>
        await _opening.WaitAsync(Introduction, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>The record that others have of a command; null when none arrives in time.</summary>
    public ValueTask<CommandRecord?> FindAsync(Digest key, CancellationToken cancellationToken) => SharedRecords.FindAsync(_access, _counters, key, cancellationToken);

    /// <summary>Whether others may have a command's results; answered from the filter without a request.</summary>
    public bool MayKnow(Digest key) => _filter?.MayHold(key) ?? true;

    /// <summary>Whether the store supports claims.</summary>
    public bool KeepsClaims => _access.Store is ISharedClaims;

    /// <summary>Claims a command that is about to be compiled.</summary>
    /// <returns>Whether another agent holds the claim; and the claim, unless that is so or the store granted none.</returns>
    public ValueTask<(bool IsAnothers, SharedClaim? Claim)> ClaimAsync(Digest key, CancellationToken cancellationToken) =>
        SharedClaim.TakeAsync(_access, (ISharedClaims)_access.Store, key, _time, cancellationToken);

    /// <summary>Releases a claim in the background.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="told">Completes when the result is in the shared store, or will not be.</param>
    /// <param name="isWorkers">Whether the worker publishes the result.</param>
    public void End(SharedClaim claim, Task told, bool isWorkers)
    {
        Task ending = claim.EndAsync(told, isWorkers, _closed);
        _ending.TryAdd(ending, true);
        _ = ending.ContinueWith(ended => _ending.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Downloads the blobs of the first result that is valid here.</summary>
    /// <param name="record">The record of others.</param>
    /// <param name="toolchain">The toolchain's digest.</param>
    /// <param name="holds">Tells whether a result is valid here, once its input set is stored.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the result.</param>
    /// <returns>The result, with all its blobs stored here; null when none is valid, or a blob cannot be downloaded.</returns>
    public async ValueTask<KnownResult?> BringAsync(CommandRecord record, Digest toolchain, Func<KnownResult, bool> holds, CancellationToken cancellationToken)
    {
        foreach (KnownResult result in record.Results.Where(result => result.Toolchain == toolchain).Take(MostTried))
        {
            if (await BringAsync([(result.Tree, 1 << 16), (result.Lookups, 1 << 16)], cancellationToken).ConfigureAwait(false) && holds(result))
            {
                return await BringAsync(
                    [(result.StandardOutput, 1 << 12), (result.StandardError, 1 << 12), .. result.Outputs.Select(static output => (output.Content, output.Length))],
                    cancellationToken).ConfigureAwait(false) ? result : null;
            }
        }

        return null;
    }

    /// <summary>Publishes a result to others in the background.</summary>
    /// <returns>Completes when it has been published, or will not be.</returns>
    public Task Tell(Digest key, KnownResult result) => _teller.Tell(key, result, Read, bytes: 0) ?? Task.CompletedTask;

    /// <summary>Publishes the queued results, for a limited time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_filter is not null)
        {
            await _filter.DisposeAsync().ConfigureAwait(false);
        }

        await _teller.DisposeAsync().ConfigureAwait(false);
        _closing.CancelAfter(LastWords);
        await Task.WhenAll(_ending.Keys).ConfigureAwait(false);
        await _closing.CancelAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    private byte[]? Read(Digest digest)
    {
        using OutputContent? content = _store.Take(digest);
        return content?.ToArray();
    }

    /// <summary>The first request opens the connection, which takes longer than any other request: no build should wait for it.</summary>
    private async Task OpenAsync()
    {
        try
        {
            await _access.Store.ContainsAsync(SharedKind.Blob, default, _closed).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The first job that asks counts the reason.
        }
    }

    /// <summary>Downloads blobs concurrently, in one round trip.</summary>
    private async ValueTask<bool> BringAsync(ImmutableArray<(Digest Digest, long Length)> blobs, CancellationToken cancellationToken) =>
        Array.TrueForAll(await Task.WhenAll(blobs.Select(blob => BringAsync(blob.Digest, blob.Length, cancellationToken))).ConfigureAwait(false), static isHere => isHere);

    private async Task<bool> BringAsync(Digest digest, long length, CancellationToken cancellationToken)
    {
        if (length > _store.LongestBlob)
        {
            return false;
        }

        if (_store.Contains(digest))
        {
            return true;
        }

        byte[]? bytes = await _access.AskAsync(
            length, (store, cancelled) => store.GetAsync(SharedKind.Blob, digest, Math.Max(length, WireLimits.Lookups), cancelled), cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            return false;
        }

        if (Digest.Of(bytes) != digest)
        {
            _counters.Count("shared: a blob was damaged");
            return false;
        }

        _store.Put(bytes);
        return true;
    }
}
