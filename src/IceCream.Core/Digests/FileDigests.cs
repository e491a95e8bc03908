using System.Collections.Concurrent;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Platform;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging;

namespace IceCream.Digests;

/// <summary>
/// Remembers digests by path and by everything that an edit changes. Thread-safe: a file that several threads ask for is hashed once.
/// With an index file the digests outlive the process.
/// </summary>
internal sealed partial class FileDigests : IFileDigests, IDisposable
{
    private const int Attempts = 5;

    /// <summary>Days without use after which a file is forgotten.</summary>
    private const int LongestUnused = 30;

    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(1), PruneEvery = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Entry?>> _hashing = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly string? _indexPath;
    private readonly ILogger _logger;
    private readonly Lock _saving = new();
    private readonly ITimer? _saves;
    private DateTimeOffset _pruned;
    private int _hashed;
    private int _dirty;
    private int _today;

    /// <summary>Loads the index file, if there is one.</summary>
    /// <param name="timeProvider">Must be the clock of the file system.</param>
    /// <param name="indexPath">The index file; null keeps everything in memory. A broken index is ignored.</param>
    /// <param name="loggerFactory">Logs that an index is broken.</param>
    public FileDigests(TimeProvider? timeProvider = null, string? indexPath = null, ILoggerFactory? loggerFactory = null)
    {
        _time = timeProvider ?? TimeProvider.System;
        _indexPath = indexPath;
        _logger = (ILogger?)loggerFactory?.CreateLogger<FileDigests>() ?? NullLogger.Instance;
        _today = DayOf(_time.GetUtcNow());
        if (indexPath is not null)
        {
            Merge(indexPath);
            RemoveStale(indexPath);
            _saves = _time.CreateTimer(_ => SaveIfDirty(), null, SaveEvery, SaveEvery);
        }
    }

    /// <summary>How many times a file was hashed.</summary>
    public int Hashed => Volatile.Read(ref _hashed);

    /// <inheritdoc/>
    public bool TryGet(string path, out FileDigest digest) => TryGet(path, null, out digest);

    /// <inheritdoc/>
    bool IFileDigests.TryGet(string path, in FileStatus status, ContentReader? content, out FileDigest digest)
    {
        if (_entries.TryGetValue(path, out Entry? entry) && status.IsRegular && entry.Identity == new FileIdentity(status))
        {
            digest = Use(entry);
            return true;
        }

        return TryGet(path, content, out digest);
    }

    /// <inheritdoc/>
    bool IFileDigests.MayChangeUnseen(string path) => _open.ContainsKey(path);

    private bool TryGet(string path, ContentReader? content, out FileDigest digest)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (Linux.Stat(path, followLinks: true, out FileStatus status) != 0 || !status.IsRegular)
            {
                break;
            }

            FileIdentity identity = new(status);
            if (!_entries.TryGetValue(path, out Entry? entry) || entry.Identity != identity)
            {
                Lazy<Entry?> hashing = _hashing.GetOrAdd(path, key => new Lazy<Entry?>(() => Hash(key, content)));
                Entry? hashed = hashing.Value;
                _hashing.TryRemove(KeyValuePair.Create(path, hashing));

                // A caller that joined a hashing begun before the last edit, or overtaken by an edit, tries again.
                if (hashed is null || hashed.Identity != identity)
                {
                    continue;
                }

                entry = hashed;
            }

            digest = Use(entry);
            return true;
        }

        digest = default;
        return false;
    }

    /// <summary>Writes the index file, if one is configured, merged with what other processes have written there since.</summary>
    /// <exception cref="IOException">The index cannot be written.</exception>
    public void Save()
    {
        if (_indexPath is null)
        {
            return;
        }

        lock (_saving)
        {
            Volatile.Write(ref _dirty, 0);
            Merge(_indexPath);
            Prune();
            FileDigestIndex.Write(_indexPath, [.. _entries]);
        }
    }

    /// <summary>Saves the index. A failure to write it is only logged: the index saves time and does not affect correctness.</summary>
    public void Dispose()
    {
        _saves?.Dispose();
        SaveIfDirty();
    }

    private void SaveIfDirty()
    {
        try
        {
            if (Volatile.Read(ref _dirty) != 0)
            {
                Save();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogIgnored(_indexPath!, e.Message);
        }
    }

    /// <summary>Adds the entries of the index for paths that have no entry here. A broken index is ignored.</summary>
    private void Merge(string indexPath)
    {
        if (!File.Exists(indexPath))
        {
            return;
        }

        try
        {
            foreach ((string path, Entry entry) in FileDigestIndex.Read(indexPath))
            {
                _entries.TryAdd(path, entry);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or UnauthorizedAccessException)
        {
            LogIgnored(indexPath, e.Message);
        }
    }

    private void RemoveStale(string indexPath)
    {
        try
        {
            StateFile.RemoveStale(indexPath, _time.GetUtcNow());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogIgnored(indexPath, e.Message);
        }
    }

    private void Prune()
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (now - _pruned < PruneEvery)
        {
            return;
        }

        _pruned = now;
        Volatile.Write(ref _today, DayOf(now));
        foreach ((string path, Entry entry) in _entries)
        {
            if (_today - entry.UsedOn > LongestUnused || Linux.Stat(path, followLinks: true, out FileStatus status) != 0 || !status.IsRegular)
            {
                _entries.TryRemove(path, out _);
            }
        }
    }

    private static int DayOf(DateTimeOffset time) => (int)(time.UtcTicks / TimeSpan.TicksPerDay);

    private FileDigest Use(Entry entry)
    {
        // Recording the use once a day is enough, and spares all other calls a look at the clock.
        if (entry.UsedOn < Volatile.Read(ref _today))
        {
            entry.UsedOn = _today;
            Volatile.Write(ref _dirty, 1);
        }

        return new FileDigest(entry.Digest, entry.Identity.Length, entry.Identity.ModifiedSeconds, entry.Identity.Device, entry.Identity.Inode);
    }

    private Entry? Hash(string path, ContentReader? reader)
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (Linux.Stat(path, followLinks: true, out FileStatus before) != 0 || !before.IsRegular)
        {
            return null;
        }

        Interlocked.Increment(ref _hashed);
        bool isOpen = Linux.IsOpenForWriting(path);
        if (isOpen)
        {
            _open[path] = true;
        }
        else
        {
            _open.TryRemove(path, out _);
        }

        Span<byte> hash = stackalloc byte[Digest.Size];
        try
        {
            if (ContentHash.Compute(path, before.Length, hash, reader) != before.Length)
            {
                // It changes meanwhile; or the kernel makes its bytes when they are read, as in /proc, and a worker would wait for as many as its status says.
                return null;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file cannot be read: by contract the answer is that there is no such file.
            return null;
        }

        FileIdentity identity = new(before);
        if (Linux.Stat(path, followLinks: true, out FileStatus after) != 0 || new FileIdentity(after) != identity)
        {
            return null;
        }

        Entry entry = new(identity, new Digest(hash), Volatile.Read(ref _today));
        if (identity.IsSettled(now) && !isOpen)
        {
            _entries[path] = entry;
            Volatile.Write(ref _dirty, 1);
        }

        return entry;
    }

    [LoggerMessage(EventIds.DigestIndexIgnored, LogLevel.Warning, "Going on without the index of file digests '{Path}': {Reason}")]
    private partial void LogIgnored(string path, string reason);

    /// <summary>A digest and the state of the file that it was computed from.</summary>
    internal sealed class Entry(FileIdentity identity, Digest digest, int usedOn)
    {
        public FileIdentity Identity => identity;

        public Digest Digest => digest;

        /// <summary>The day of the last use, counted in days since the epoch of <see cref="DateTime.Ticks"/>.</summary>
        public int UsedOn { get; set; } = usedOn;
    }
}
