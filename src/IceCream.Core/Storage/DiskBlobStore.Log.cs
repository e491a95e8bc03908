using IceCream.Diagnostics;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Storage;

internal sealed partial class DiskBlobStore
{
    [LoggerMessage(EventIds.BlobCorrupt, LogLevel.Warning, "Blob {Digest} in '{Directory}' holds other bytes than its name says; removed it.")]
    private partial void LogCorrupt(Digest digest, string directory);

    [LoggerMessage(EventIds.BlobsEvicted, LogLevel.Debug, "Evicted {Count} blobs with {Bytes} bytes from '{Directory}'.")]
    private partial void LogEvicted(int count, long bytes, string directory);

    [LoggerMessage(EventIds.BlobStoreOpened, LogLevel.Debug, "Blob store '{Directory}' holds {Count} blobs with {Bytes} bytes.")]
    private partial void LogOpened(string directory, int count, long bytes);

    [LoggerMessage(EventIds.StaleTemporaryRemoved, LogLevel.Debug, "Removed '{Path}', left behind by a process that died while writing a blob.")]
    private partial void LogStale(string path);
}
