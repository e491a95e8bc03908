using IceCream.Diagnostics;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Storage;

internal sealed partial class DiskBlobStore
{
    [LoggerMessage(EventIds.BlobCorrupt, LogLevel.Warning, "Blob {Digest} in '{Directory}' {Fault}; removed it.")]
    private partial void LogCorrupt(Digest digest, string directory, string fault);

    [LoggerMessage(EventIds.BlobsEvicted, LogLevel.Debug, "Evicted {Count} blobs with {Bytes} bytes from '{Directory}'.")]
    private partial void LogEvicted(int count, long bytes, string directory);

    [LoggerMessage(EventIds.BlobNotEvicted, LogLevel.Warning, "Blob {Digest} cannot be removed from '{Directory}' to make room.")]
    private partial void LogNotEvicted(Exception reason, Digest digest, string directory);

    [LoggerMessage(EventIds.BlobStoreOpened, LogLevel.Debug, "Blob store '{Directory}' holds {Count} blobs with {Bytes} bytes.")]
    private partial void LogOpened(string directory, int count, long bytes);

    [LoggerMessage(EventIds.StaleTemporaryRemoved, LogLevel.Debug, "Removed '{Path}', which a process left behind when it died.")]
    private partial void LogStale(string path);
}
