using System.Collections.Concurrent;
using System.Security.Cryptography;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Storage;

/// <summary>
/// Remembers digests by path and by everything that an edit changes. Thread-safe: a file that several threads ask for is hashed once.
/// With an index file the memory outlives the process.
/// </summary>
internal sealed partial class FileDigests : IFileDigests, IDisposable
{
    private const int Attempts = 5;

    // The kernel stamps files with its tick, not with the time: two edits within a tick look like one. Ticks are 10 ms or less.
    private static readonly TimeSpan Unsettled = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Entry?>> _hashing = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly string? _indexPath;
    private readonly ILogger _logger;
    private readonly Lock _saving = new();
    private int _hashed;

    /// <summary>Starts with what the index file holds.</summary>
    /// <param name="timeProvider">Must be the clock of the file system.</param>
    /// <param name="indexPath">Where to remember across restarts; null keeps everything in memory. A broken index is ignored.</param>
    /// <param name="loggerFactory">Where to say that an index is broken.</param>
    public FileDigests(TimeProvider? timeProvider = null, string? indexPath = null, ILoggerFactory? loggerFactory = null)
    {
        _time = timeProvider ?? TimeProvider.System;
        _indexPath = indexPath;
        _logger = (ILogger?)loggerFactory?.CreateLogger<FileDigests>() ?? NullLogger.Instance;
        if (indexPath is null || !File.Exists(indexPath))
        {
            return;
        }

        try
        {
            foreach ((string path, Entry entry) in FileDigestIndex.Read(indexPath))
            {
                _entries[path] = entry;
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            LogIgnored(indexPath, e.Message);
        }
    }

    /// <summary>How many times a file was read.</summary>
    public int Hashed => Volatile.Read(ref _hashed);

    /// <inheritdoc/>
    public bool TryGet(string path, out FileDigest digest)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (Linux.Stat(path, followLinks: true, out FileStatus status) != 0 || !status.IsRegular)
            {
                break;
            }

            FileIdentity identity = new(status);
            if (!_entries.TryGetValue(path, out Entry entry) || entry.Identity != identity)
            {
                Lazy<Entry?> hashing = _hashing.GetOrAdd(path, key => new Lazy<Entry?>(() => Hash(key)));
                Entry? hashed = hashing.Value;
                _hashing.TryRemove(KeyValuePair.Create(path, hashing));

                // Who joined a hashing that began before the last edit, or was overtaken by one, looks again.
                if (hashed is null || hashed.Value.Identity != identity)
                {
                    continue;
                }

                entry = hashed.Value;
            }

            digest = new FileDigest(entry.Digest, identity.Length, identity.ModifiedSeconds, identity.Device, identity.Inode);
            return true;
        }

        digest = default;
        return false;
    }

    /// <summary>Writes the index file, if there is to be one.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save()
    {
        if (_indexPath is not null)
        {
            lock (_saving)
            {
                FileDigestIndex.Write(_indexPath, [.. _entries]);
            }
        }
    }

    /// <summary>Saves the index. One that cannot be written is only logged: it is worth time, not correctness.</summary>
    public void Dispose()
    {
        try
        {
            Save();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogIgnored(_indexPath!, e.Message);
        }
    }

    private Entry? Hash(string path)
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (Linux.Stat(path, followLinks: true, out FileStatus before) != 0 || !before.IsRegular)
        {
            return null;
        }

        Interlocked.Increment(ref _hashed);
        Span<byte> hash = stackalloc byte[Digest.Size];
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            SHA256.HashData(stream, hash);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It cannot be read: the contract's answer is that there is no such file.
            return null;
        }

        FileIdentity identity = new(before);
        if (Linux.Stat(path, followLinks: true, out FileStatus after) != 0 || new FileIdentity(after) != identity)
        {
            return null;
        }

        Entry entry = new(identity, new Digest(hash));

        // Every edit moves the time of change, which no program can set; so that one alone decides.
        DateTimeOffset changed = DateTimeOffset.FromUnixTimeSeconds(before.ChangedSeconds).AddTicks(before.ChangedNanoseconds / 100);
        if (now - changed > Unsettled)
        {
            _entries[path] = entry;
        }

        return entry;
    }

    [LoggerMessage(EventIds.DigestIndexIgnored, LogLevel.Warning, "Going on without the index of file digests '{Path}': {Reason}")]
    private partial void LogIgnored(string path, string reason);

    /// <summary>A digest and the state of the file that it was computed from.</summary>
    internal readonly record struct Entry(FileIdentity Identity, Digest Digest);
}
