using System.Security.Cryptography;
using IceCream.Caching;
using IceCream.Caching.Sharing;
using IceCream.Jobs;

namespace IceCream.Host.Caching.Ccache;

/// <summary>The outcome of a ccache request.</summary>
/// <param name="Kind">The status.</param>
/// <param name="Value">The requested value; null if there is none.</param>
/// <param name="Reason">Why the request failed.</param>
internal readonly record struct CcacheOutcome(CcacheOutcome.Status Kind, byte[]? Value = null, string Reason = "")
{
    /// <summary>The status codes of ccache's protocol.</summary>
    internal enum Status : byte
    {
        Done = 0,
        NotDone = 1,
        Failed = 2,
    }
}

/// <summary>
/// Keeps ccache's keys and values in a shared store beside our own results. They cannot be confused: a value's name is the digest of a text that no command's cache key is
/// made of, and the value starts with a header and its own digest. A damaged value counts as absent. Deadlines and circuit breaker are the same as for our own requests.
/// </summary>
internal sealed class CcacheStorage : IDisposable
{
    /// <summary>The longest value in bytes: 256 MiB.</summary>
    public const int MostBytes = 256 << 20;

    private static readonly byte[] Header = "ICECCV\0\x01"u8.ToArray();

    private readonly SharedAccess _access;
    private volatile string _last = "";

    public CcacheStorage(ISharedResults store, TimeProvider time) =>
        _access = new SharedAccess(store, new CacheCounters { Counted = reason => _last = reason }, time);

    /// <summary>The store's name, without secrets.</summary>
    public string Name => _access.Store.Name;

    public async ValueTask<CcacheOutcome> GetAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        Found? found = await _access.AskAsync<Found?>(
            0, async (store, cancelled) => new Found(await store.GetAsync(SharedKind.Record, NameOf(key), MostBytes + Header.Length + Digest.Size, cancelled)), cancellationToken);
        return found is null ? Failed() : ValueOf(found.Bytes) is { } value ? new CcacheOutcome(CcacheOutcome.Status.Done, value) : new CcacheOutcome(CcacheOutcome.Status.NotDone);
    }

    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="overwrites">Whether to replace an existing value.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async ValueTask<CcacheOutcome> PutAsync(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, bool overwrites, CancellationToken cancellationToken)
    {
        if (_access.Store.IsReadOnly)
        {
            return new CcacheOutcome(CcacheOutcome.Status.NotDone);
        }

        if (!overwrites && await GetAsync(key, cancellationToken) is { Kind: not CcacheOutcome.Status.NotDone } there)
        {
            return there.Kind == CcacheOutcome.Status.Done ? new CcacheOutcome(CcacheOutcome.Status.NotDone) : there;
        }

        byte[] bytes = new byte[Header.Length + Digest.Size + value.Length];
        Header.CopyTo(bytes, 0);
        SHA256.HashData(value.Span, bytes.AsSpan(Header.Length));
        value.Span.CopyTo(bytes.AsSpan(Header.Length + Digest.Size));
        return await WriteAsync(key, bytes, cancellationToken);
    }

    /// <summary>Overwrites the value with a bare header, which reads as absent: shared stores cannot delete, only evict.</summary>
    public async ValueTask<CcacheOutcome> RemoveAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken) =>
        _access.Store.IsReadOnly ? new CcacheOutcome(CcacheOutcome.Status.NotDone)
        : await GetAsync(key, cancellationToken) is { Kind: not CcacheOutcome.Status.Done } none ? none
        : await WriteAsync(key, Header, cancellationToken);

    public void Dispose() => _access.Store.Dispose();

    private static Digest NameOf(ReadOnlyMemory<byte> key)
    {
        ReadOnlySpan<byte> prefix = "ccache value\n"u8;
        return Digest.Of([.. prefix, .. key.Span]);
    }

    private static byte[]? ValueOf(byte[]? bytes)
    {
        int start = Header.Length + Digest.Size;
        return bytes is not null && bytes.Length >= start && bytes.AsSpan().StartsWith(Header)
            && new Digest(bytes.AsSpan(Header.Length, Digest.Size)) == Digest.Of(bytes.AsSpan(start)) ? bytes[start..] : null;
    }

    private async ValueTask<CcacheOutcome> WriteAsync(ReadOnlyMemory<byte> key, byte[] bytes, CancellationToken cancellationToken) => await _access.AskAsync(
        bytes.Length,
        async (store, cancelled) =>
        {
            await store.PutAsync(SharedKind.Record, NameOf(key), bytes, cancelled);
            return true;
        },
        cancellationToken) ? new CcacheOutcome(CcacheOutcome.Status.Done) : Failed();

    private CcacheOutcome Failed() => new(CcacheOutcome.Status.Failed, Reason: _last);

    private sealed record Found(byte[]? Bytes);
}
