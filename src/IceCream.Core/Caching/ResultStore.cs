using System.Security.Cryptography;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Caching;

/// <summary>
/// The result cache on disk: records by command key, and blobs. It is opened at first use, and reopened after a failure, since somebody may have
/// deleted it. Several processes may share the folder. Thread-safe.
/// </summary>
internal sealed partial class ResultStore
{
    /// <summary>Its folder name in a state directory.</summary>
    public const string FolderName = "results";

    /// <summary>The share of the limit for records (one in this many), which are small compared with the blobs.</summary>
    public const int ShareOfRecords = 16;

    private static readonly Digest Nothing = Digest.Of([]);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly Lock _opening = new();
    private readonly long _limit;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory? _loggers;
    private readonly ILogger _logger;
    private volatile DiskBlobStore? _blobs;
    private long? _closed;
    private long _opened;
    private bool? _clones;

    /// <param name="directory">The folder; created at first use.</param>
    /// <param name="limit">The most bytes in it.</param>
    /// <param name="time">Timestamps the use of entries.</param>
    /// <param name="loggers">Receives a warning when it cannot be used.</param>
    public ResultStore(string directory, long limit, TimeProvider time, ILoggerFactory? loggers = null)
    {
        Directory = directory;
        (_limit, _time, _loggers) = (limit, time, loggers);
        _logger = (ILogger?)loggers?.CreateLogger<ResultStore>() ?? NullLogger.Instance;
        Records = new RecordFolder(Path.Combine(directory, "commands"), Math.Max(limit / ShareOfRecords, 1), time);
    }

    public string Directory { get; }

    public RecordFolder Records { get; }

    /// <summary>The longest output that is stored, in bytes: a single one must not evict all others.</summary>
    public long LongestBlob => _limit / 8;

    /// <summary>Whether a blob is stored and complete.</summary>
    public bool Contains(Digest digest) => digest == Nothing || Use(blobs => blobs.Contains(digest));

    /// <summary>The content of a blob, verified while it was read; null when it is not stored.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public OutputContent? Take(Digest digest) => digest == Nothing ? OutputContent.Empty : Use(blobs => blobs.TryTake(digest));

    /// <summary>A small blob in memory; null when it is not stored, or is longer than the limit.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public byte[]? Read(Digest digest, int limit)
    {
        using OutputContent? content = Take(digest);
        return content is null || content.Length > limit ? null : content.ToArray();
    }

    /// <summary>Stores bytes.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public Digest Put(ReadOnlySpan<byte> bytes)
    {
        Digest digest = Digest.Of(bytes);
        if (!Contains(digest))
        {
            Put(digest, bytes);
        }

        return digest;
    }

    /// <summary>Stores an output.</summary>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public Digest Put(OutputContent content)
    {
        if (content.Length <= FileContent.InMemory)
        {
            return Put(content.ToArray());
        }

        byte[] buffer = new byte[FileContent.InMemory];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Each(part => hash.AppendData(part));
        var digest = new Digest(hash.GetHashAndReset());
        if (Contains(digest))
        {
            return digest;
        }

        if (content.Length <= PackedBytes.Most && !Clones())
        {
            Put(digest, content.ToArray());
            return digest;
        }

        using IBlobWriter writer = Open().Create(digest, content.Length);
        Each(part => writer.Write(part));
        writer.Commit();
        return digest;

        void Each(Part take)
        {
            for (long at = 0; at < content.Length;)
            {
                int read = content.Read(at, buffer);
                take(buffer.AsSpan(0, read));
                at += read;
            }
        }
    }

    /// <summary>Closes the store after a failure: the folder may have been replaced. It is reopened at the next use, after a pause.</summary>
    public void Close(string reason)
    {
        lock (_opening)
        {
            bool isReadOnly = _blobs is { IsReadOnly: true };
            if (isReadOnly ? _time.GetElapsedTime(_opened) < Pause : _blobs is null && _closed is { } closed && _time.GetElapsedTime(closed) < Pause)
            {
                // Jobs that come during the pause fail because of it: if they prolonged it, it would last as long as the build. And what cannot be
                // written can be read all the same.
                return;
            }

            // Perhaps it can be written by now, which is tried at once.
            _blobs = null;
            _closed = isReadOnly ? null : _time.GetTimestamp();
            if (isReadOnly)
            {
                return;
            }
        }

        LogClosed(_logger, Directory, reason);
    }

    private void Put(Digest digest, ReadOnlySpan<byte> bytes)
    {
        if (PackedBytes.Pack(bytes) is { } packed)
        {
            Open().PutPacked(digest, packed);
            return;
        }

        using IBlobWriter writer = Open().Create(digest, bytes.Length);
        writer.Write(bytes);
        writer.Commit();
    }

    /// <summary>Whether large files are cheaper uncompressed: where the file system supports reflinks, their content is not copied.</summary>
    private bool Clones() => _clones ??= Open().Clones();

    private DiskBlobStore Open()
    {
        if (_blobs is { } open)
        {
            return open;
        }

        lock (_opening)
        {
            if (_blobs is null && _closed is { } closed && _time.GetElapsedTime(closed) < Pause)
            {
                throw new IOException("it could not be used a moment ago");
            }

            if (_blobs is null)
            {
                var options = new DiskBlobStoreOptions { Limit = Math.Max(_limit - (_limit / ShareOfRecords), 1), MayBeReadOnly = true };
                _blobs = new DiskBlobStore(Path.Combine(Directory, "blobs"), options, _time, _loggers);
                _opened = _time.GetTimestamp();
            }

            return _blobs;
        }
    }

    private T Use<T>(Func<DiskBlobStore, T> use) => use(Open());

    private delegate void Part(ReadOnlySpan<byte> part);

    [LoggerMessage(EventIds.ResultsClosed, LogLevel.Warning, "Known results in '{Directory}' cannot be used for a while: {Reason}")]
    private static partial void LogClosed(ILogger logger, string directory, string reason);
}
