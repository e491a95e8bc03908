using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Caching.Sharing;

/// <summary>The records of a shared store.</summary>
internal static class SharedRecords
{
    /// <summary>The record of a command; null when there is none, or none arrives intact and in time.</summary>
    public static async ValueTask<CommandRecord?> FindAsync(SharedAccess access, CacheCounters counters, Digest key, CancellationToken cancellationToken)
    {
        byte[]? bytes = await access.AskAsync(
            0, (store, cancelled) => store.GetAsync(SharedKind.Record, key, CommandRecordCodec.MostBytes, cancelled), cancellationToken).ConfigureAwait(false);
        try
        {
            return bytes is null ? null : CommandRecordCodec.Decode(bytes);
        }
        catch (WireFormatException)
        {
            counters.Count("shared: a record was damaged");
            return null;
        }
    }
}
