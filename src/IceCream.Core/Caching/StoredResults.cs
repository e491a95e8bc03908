using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Storage;
using IceCream.Wire;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Caching;

/// <summary>The size of a result cache.</summary>
/// <param name="Directory">The folder.</param>
/// <param name="Commands">The number of commands with results.</param>
/// <param name="Results">The number of results.</param>
/// <param name="Blobs">The number of blobs.</param>
/// <param name="Bytes">The size of all files in bytes.</param>
/// <param name="Plain">The size that they would have without compression.</param>
/// <param name="Saved">The total compile time of the cached results.</param>
internal sealed record StoredSummary(string Directory, long Commands, long Results, long Blobs, long Bytes, long Plain, TimeSpan Saved);

/// <summary>The outcome of a check of all cached results.</summary>
/// <param name="Commands">The number of intact records.</param>
/// <param name="DamagedRecords">The number of damaged records, which were removed.</param>
/// <param name="Blobs">The number of intact blobs.</param>
/// <param name="DamagedBlobs">The number of damaged blobs, which were removed.</param>
/// <param name="Incomplete">The number of results with missing blobs, which were removed.</param>
internal sealed record StoredCheck(long Commands, long DamagedRecords, long Blobs, long DamagedBlobs, long Incomplete);

/// <summary>
/// Maintains a result cache from outside, also while agents use it: for an agent, anything removed is merely missing at the next use. What is read here
/// does not count as used, so that a look at the cache leaves the order in which it is evicted.
/// </summary>
/// <param name="directory">The folder.</param>
/// <param name="time">The time.</param>
internal sealed class StoredResults(string directory, TimeProvider time)
{
    private readonly string _blobs = Path.Combine(directory, "blobs");

    public RecordFolder Records { get; } = new(Path.Combine(directory, "commands"), long.MaxValue, time);

    /// <summary>Computes the size of the cache. Damaged records are removed.</summary>
    public StoredSummary Summarise()
    {
        long commands = 0, results = 0, bytes = 0, blobs = 0, saved = 0;
        TimeSpan cost = TimeSpan.Zero;
        foreach ((Digest key, FileInfo file) in Records.Enumerate())
        {
            bytes += file.Length;
            if (Records.Look(key) is { } record)
            {
                commands++;
                results += record.Results.Length;
                cost += record.Results.Aggregate(TimeSpan.Zero, static (sum, result) => sum + result.Cost);
            }
        }

        foreach ((_, FileInfo file) in Blobs())
        {
            blobs++;
            bytes += file.Length;
            saved += SavedBy(file);
        }

        return new StoredSummary(directory, commands, results, blobs, bytes, bytes + saved, cost);
    }

    /// <summary>Removes the records, then the blobs.</summary>
    /// <returns>The number of bytes freed.</returns>
    public long Clear() => Trim(0);

    /// <summary>Removes the least recently used entries until at most this many bytes are left.</summary>
    /// <returns>The number of bytes freed.</returns>
    public long Trim(long limit)
    {
        long before = Records.Enumerate().Sum(static record => record.File.Length) + Blobs().Sum(static blob => blob.File.Length);
        Records.Trim(limit / ResultStore.ShareOfRecords);
        long records = Records.Enumerate().Sum(static record => record.File.Length);
        List<(Digest Digest, FileInfo File)> blobs = [.. Blobs().OrderBy(static blob => LastUse(blob.File))];
        long size = blobs.Sum(static blob => blob.File.Length);
        foreach ((_, FileInfo file) in blobs.TakeWhile(_ => records + size > limit))
        {
            size -= file.Length;
            file.Delete();
        }

        return before - records - size;
    }

    /// <summary>Reads everything, and removes damaged entries and results with missing blobs.</summary>
    public StoredCheck Verify()
    {
        var whole = new HashSet<Digest> { Digest.Of([]) };
        long damagedBlobs = 0, commands = 0, incomplete = 0;
        foreach ((Digest digest, FileInfo file) in Blobs())
        {
            bool? isWhole = IsWhole(digest, file.FullName);
            if (isWhole == true)
            {
                whole.Add(digest);
            }
            else if (isWhole == false)
            {
                damagedBlobs++;
                file.Delete();
            }
        }

        int damaged = Records.Damaged;
        foreach ((Digest key, _) in Records.Enumerate().ToList())
        {
            if (Records.Look(key) is not { } record)
            {
                continue;
            }

            // An agent may have stored the result since the blobs were listed.
            ImmutableArray<KnownResult> complete = [.. record.Results.Where(
                result => result.Blobs().All(blob => whole.Contains(blob) || (IsWhole(blob, PathOf(blob)) == true && whole.Add(blob))))];
            incomplete += record.Results.Length - complete.Length;
            commands += complete.IsEmpty ? 0 : 1;
            if (complete.IsEmpty)
            {
                Records.Remove(key);
            }
            else if (complete.Length != record.Results.Length)
            {
                Records.Put(key, record with { Results = complete });
            }
        }

        return new StoredCheck(commands, Records.Damaged - damaged, whole.Count - 1, damagedBlobs, incomplete);
    }

    /// <summary>The cached results of a source, the latest first.</summary>
    /// <param name="source">Its absolute path, or the end of one.</param>
    public IReadOnlyList<(Digest Key, KnownCommand Command, KnownResult Result)> Of(string source) =>
        [.. Records.Enumerate().ToList()
            .Select(record => (record.Key, Record: Records.Look(record.Key)))
            .Where(known => known.Record?.Command is { } command && (command.Source == source || command.Source.EndsWith("/" + source, StringComparison.Ordinal)))
            .SelectMany(static known => known.Record!.Results.Select(result => (known.Key, known.Record.Command!, result)))
            .OrderByDescending(static known => known.result.Kept)];

    /// <summary>The input files and the lookups of a result; null when they are no longer stored.</summary>
    public (FileTree Tree, LookupLists Lists)? InputsOf(KnownResult result)
    {
        try
        {
            return (FileTreeCodec.Decode(Read(result.Tree)), LookupsCodec.Decode(Read(result.Lookups)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or WireFormatException)
        {
            // They were evicted or are damaged; a full check tells which.
            return null;
        }
    }

    private static DateTime LastUse(FileInfo file) => file.LastAccessTimeUtc > file.LastWriteTimeUtc ? file.LastAccessTimeUtc : file.LastWriteTimeUtc;

    /// <summary>Whether a blob's file has the bytes that its name says; null when it is not there, or not any more.</summary>
    private static bool? IsWhole(Digest digest, string path)
    {
        try
        {
            return Unused(path, () =>
            {
                using OutputContent? content = Open(digest, path);
                return content is not null;
            });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Reads a file, and gives it back the time of its last use, which the kernel may have renewed.</summary>
    private static T Unused<T>(string path, Func<T> read)
    {
        DateTime used = File.GetLastAccessTimeUtc(path);
        T answer = read();
        try
        {
            File.SetLastAccessTimeUtc(path, used);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It belongs to another user, or was evicted a moment ago.
        }

        return answer;
    }

    private static OutputContent? Open(Digest digest, string path) =>
        DiskBlobStore.WholeOf(FileContent.Of(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), long.MaxValue), digest);

    /// <summary>How many bytes the compression of a file saves.</summary>
    private static long SavedBy(FileInfo file)
    {
        try
        {
            return Unused(file.FullName, () => SavedBy(file.FullName, file.Length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It was evicted a moment ago.
            return 0;
        }
    }

    private static long SavedBy(string path, long size)
    {
        Span<byte> start = stackalloc byte[PackedBytes.Start];
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        int read = RandomAccess.Read(handle, start, 0);
        return PackedBytes.LooksPacked(start[..read]) && PackedBytes.LengthOf(start) is >= 0 and <= PackedBytes.Most and var length ? Math.Max(0, length - size) : 0;
    }

    private byte[] Read(Digest digest) => Unused(PathOf(digest), () =>
    {
        using OutputContent? content = Open(digest, PathOf(digest));
        return content?.ToArray();
    }) ?? throw new IOException($"The blob {digest} is damaged.");

    private string PathOf(Digest digest) => Path.Combine(_blobs, digest.ToString()[..2], digest.ToString()[2..]);

    private IEnumerable<(Digest Digest, FileInfo File)> Blobs()
    {
        if (!Directory.Exists(_blobs))
        {
            yield break;
        }

        foreach (FileInfo file in Directory.EnumerateDirectories(_blobs, "??").SelectMany(static folder => new DirectoryInfo(folder).EnumerateFiles()))
        {
            // The question makes the file's status be read now: an agent may evict the file at any moment.
            if (Digest.TryParse(file.Directory!.Name + file.Name, out Digest digest) && file.Exists)
            {
                yield return (digest, file);
            }
        }
    }
}
