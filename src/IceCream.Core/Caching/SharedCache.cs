using System.Collections.Immutable;
using System.Threading.Channels;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Caching;

/// <summary>
/// The results that other agents know: asked for where this one knows none, held against their digests, and kept here then. What is kept here is told to the others
/// behind the build's back.
/// </summary>
internal sealed class SharedCache : IAsyncDisposable
{
    /// <summary>So many sets of inputs of others are compared for one job.</summary>
    private const int MostTried = 8;

    /// <summary>So many results wait to be told; beyond, some are not told.</summary>
    private const int MostWaiting = 256;

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly SharedAccess _access;
    private readonly ResultStore _store;
    private readonly CacheCounters _counters;
    private readonly TimeProvider _time;
    private readonly Channel<(Digest Key, KnownResult Result)> _waiting =
        Channel.CreateBounded<(Digest, KnownResult)>(new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _telling;

    public SharedCache(SharedAccess access, ResultStore store, CacheCounters counters, TimeProvider time)
    {
        (_access, _store, _counters, _time) = (access, store, counters, time);
        _telling = access.Store.IsReadOnly ? Task.CompletedTask : Task.Run(TellAllAsync);
        _ = Task.Run(OpenAsync);
    }

    /// <summary>What others know of a command; null when nothing comes in time.</summary>
    public async ValueTask<CommandRecord?> FindAsync(Digest key, CancellationToken cancellationToken)
    {
        byte[]? bytes = await _access.AskAsync(
            0, (store, cancelled) => store.GetAsync(SharedKind.Record, key, CommandRecordCodec.MostBytes, cancelled), cancellationToken).ConfigureAwait(false);
        try
        {
            return bytes is null ? null : CommandRecordCodec.Decode(bytes);
        }
        catch (WireFormatException)
        {
            _counters.Count("shared: a record was damaged");
            return null;
        }
    }

    /// <summary>Brings the blobs of the first result that holds here.</summary>
    /// <param name="record">What others know.</param>
    /// <param name="toolchain">The compiler's digest.</param>
    /// <param name="holds">Whether a result whose set is at hand holds.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits.</param>
    /// <returns>The result, all of it at hand; null when none holds, or something of it does not come.</returns>
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

    /// <summary>Tells others of a result, when there is time.</summary>
    public void Tell(Digest key, KnownResult result)
    {
        if (!_access.Store.IsReadOnly)
        {
            _waiting.Writer.TryWrite((key, result));
        }
    }

    /// <summary>Tells what waits to be told, but not for long.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        _closing.CancelAfter(LastWords);
        await _telling.ConfigureAwait(false);
        _closing.Dispose();
        _access.Store.Dispose();
    }

    /// <summary>The first question makes the connection, which takes longer than any other: no build waits for it.</summary>
    private async Task OpenAsync()
    {
        try
        {
            await _access.Store.ContainsAsync(SharedKind.Blob, default, _closing.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The first job that asks counts the reason.
        }
    }

    /// <summary>Brings blobs, all of them at once: one way there and back.</summary>
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

    private async Task TellAllAsync()
    {
        await foreach ((Digest key, KnownResult result) in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                _counters.Count(await TellAsync(key, result).ConfigureAwait(false) ? "shared: told" : "shared: not told");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
            {
                // The blobs are gone from here already, or the agent ends.
                _counters.Count("shared: not told");
            }
        }
    }

    private async ValueTask<bool> TellAsync(Digest key, KnownResult result)
    {
        foreach (Digest digest in (Digest[])[result.Tree, result.Lookups, result.StandardOutput, result.StandardError, .. result.Outputs.Select(static output => output.Content)])
        {
            using OutputContent? content = _store.Take(digest);
            if (content is null)
            {
                return false;
            }

            if (content.Length == 0)
            {
                // Everybody has that.
                continue;
            }

            byte[] bytes = content.ToArray();
            bool isTold = await _access.AskAsync(
                bytes.Length,
                async (store, cancelled) =>
                {
                    if (!await store.ContainsAsync(SharedKind.Blob, digest, cancelled).ConfigureAwait(false))
                    {
                        await store.PutAsync(SharedKind.Blob, digest, bytes, cancelled).ConfigureAwait(false);
                    }

                    return true;
                },
                _closing.Token).ConfigureAwait(false);
            if (!isTold)
            {
                return false;
            }
        }

        // The words of a command are nobody's business but its user's. Of two who write one record at once, one result is lost, and costs a compile.
        CommandRecord record = (await FindAsync(key, _closing.Token).ConfigureAwait(false) ?? new CommandRecord()).With(result with { Missed = "", Kept = _time.GetUtcNow() });
        byte[] encoded = CommandRecordCodec.Encode(record with { Command = null });
        return await _access.AskAsync(
            encoded.Length,
            async (store, cancelled) =>
            {
                await store.PutAsync(SharedKind.Record, key, encoded, cancelled).ConfigureAwait(false);
                return true;
            },
            _closing.Token).ConfigureAwait(false);
    }
}
