using System.Threading.Channels;
using IceCream.Jobs;

namespace IceCream.Caching.Sharing;

/// <summary>
/// Publishes results to a shared store, one after the other and in the background. Results that come faster than the store accepts them are dropped,
/// so that they cost neither time nor memory.
/// </summary>
internal sealed class SharedTeller : IAsyncDisposable
{
    /// <summary>The most results that wait to be published.</summary>
    private const int MostWaiting = 256;

    /// <summary>The most bytes that may wait in memory.</summary>
    public const long MostBytes = 128 << 20;

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly SharedAccess _access;
    private readonly CacheCounters _counters;
    private readonly TimeProvider _time;
    private readonly Channel<Story> _waiting = Channel.CreateBounded<Story>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _telling;
    private long _bytes;

    public SharedTeller(SharedAccess access, CacheCounters counters, TimeProvider time)
    {
        (_access, _counters, _time) = (access, counters, time);
        _telling = access.Store.IsReadOnly ? Task.CompletedTask : Task.Run(TellAllAsync);
    }

    /// <summary>Queues a result for publication.</summary>
    /// <param name="key">The command's key.</param>
    /// <param name="result">The result.</param>
    /// <param name="read">Returns the content of a blob; null for one that is no longer stored.</param>
    /// <param name="bytes">How many bytes it holds in memory.</param>
    /// <returns>Completes when it has been published, or will not be; null when it was dropped.</returns>
    public Task? Tell(Digest key, KnownResult result, Func<Digest, byte[]?> read, long bytes)
    {
        if (_access.Store.IsReadOnly)
        {
            return null;
        }

        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool fits = Interlocked.Add(ref _bytes, bytes) <= MostBytes;
        if (fits && _waiting.Writer.TryWrite(new Story(key, result, read, bytes, told)))
        {
            return told.Task;
        }

        Interlocked.Add(ref _bytes, -bytes);
        _counters.Count("shared: not told, since too many wait");
        return null;
    }

    /// <summary>Publishes the queued results, for a limited time.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        _closing.CancelAfter(LastWords);
        await _telling.ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task TellAllAsync()
    {
        await foreach (Story story in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                _counters.Count(await TellAsync(story).ConfigureAwait(false) ? "shared: told" : "shared: not told");
            }
            catch (OperationCanceledException)
            {
                // The node is closing.
                _counters.Count("shared: not told");
            }
            catch (Exception e)
            {
                // The blobs have already been evicted here, or do not fit into memory. Whatever it is, it is this result's: if the loop ended, other
                // agents would wait for claims that are extended until all results are told.
                _counters.Count($"shared: {e.Message}");
                _counters.Count("shared: not told");
            }
            finally
            {
                Interlocked.Add(ref _bytes, -story.Bytes);
                story.Told.SetResult();
            }
        }
    }

    private async ValueTask<bool> TellAsync(Story story)
    {
        foreach (Digest digest in story.Result.Blobs())
        {
            if (digest == Digest.Of([]))
            {
                // Every store has the empty blob.
                continue;
            }

            if (story.Read(digest) is not { } bytes)
            {
                return false;
            }

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
                _access.WarnOfRefusal();
                return false;
            }
        }

        // The command's arguments are private to its user. When two agents write one record at once, one result is lost, which costs a compile.
        CommandRecord record = (await SharedRecords.FindAsync(_access, _counters, story.Key, _closing.Token).ConfigureAwait(false) ?? new CommandRecord())
            .With(story.Result with { Missed = "", Kept = _time.GetUtcNow() });
        byte[] encoded = CommandRecordCodec.Encode(record with { Command = null });
        bool isKnown = await _access.AskAsync(
            encoded.Length,
            async (store, cancelled) =>
            {
                await store.PutAsync(SharedKind.Record, story.Key, encoded, cancelled).ConfigureAwait(false);
                return true;
            },
            _closing.Token).ConfigureAwait(false);
        if (!isKnown)
        {
            _access.WarnOfRefusal();
        }

        return isKnown;
    }

    private sealed record Story(Digest Key, KnownResult Result, Func<Digest, byte[]?> Read, long Bytes, TaskCompletionSource Told);
}
