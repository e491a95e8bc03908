using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Caching;

/// <summary>
/// Records as files named by their command keys. They are created by rename, so a reader finds a complete one or none; a damaged one is removed.
/// Several processes may share the folder: when two write one record at the same moment, one write is lost, which costs a compile.
/// </summary>
/// <param name="path">The folder.</param>
/// <param name="limit">The most bytes of records that are kept.</param>
/// <param name="time">Timestamps their use.</param>
internal sealed class RecordFolder(string path, long limit, TimeProvider time)
{
    private const string Temporary = ".new";

    /// <summary>The share of the limit (one in this many) that is added before the records are trimmed again.</summary>
    private const int ShareBetweenTrims = 8;

    private static readonly TimeSpan TouchEvery = TimeSpan.FromMinutes(10), Stale = TimeSpan.FromHours(1);

    // The first record of a process trims: what short-lived agents add would never reach the threshold of any of them.
    private long _added = limit / ShareBetweenTrims;
    private int _damaged;

    /// <summary>The number of damaged records that were found.</summary>
    public int Damaged => Volatile.Read(ref _damaged);

    /// <summary>The record of a command, which counts as a use; null when there is none, or it is damaged.</summary>
    public CommandRecord? Find(Digest key)
    {
        CommandRecord? record = Look(key);
        if (record is not null)
        {
            Touch(PathOf(key));
        }

        return record;
    }

    /// <summary>The same for those who only look after the records: it is no use, so that the order in which records are removed stays.</summary>
    public CommandRecord? Look(Digest key)
    {
        string file = PathOf(key);
        try
        {
            if (!File.Exists(file))
            {
                return null;
            }

            return new FileInfo(file).Length <= CommandRecordCodec.MostBytes
                ? CommandRecordCodec.Decode(File.ReadAllBytes(file))
                : throw new WireFormatException("It is longer than any record.");
        }
        catch (WireFormatException)
        {
            Interlocked.Increment(ref _damaged);
            Remove(key);
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another process removed it a moment ago.
            return null;
        }
    }

    /// <summary>Stores a record in place of any previous one.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing is not permitted.</exception>
    public void Put(Digest key, CommandRecord record)
    {
        string file = PathOf(key);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        byte[] bytes = CommandRecordCodec.Encode(record);
        string temporary = $"{file}.{Guid.NewGuid():N}{Temporary}";
        try
        {
            File.WriteAllBytes(temporary, bytes);
            File.Move(temporary, file, overwrite: true);
        }
        catch (ArgumentOutOfRangeException e)
        {
            // The framework reports EFBIG in this way.
            throw new IOException($"'{file}' would be larger than the limit to the size of files (ulimit -f) allows.", e);
        }
        finally
        {
            File.Delete(temporary);
        }

        if (Interlocked.Add(ref _added, bytes.Length) > limit / ShareBetweenTrims)
        {
            Interlocked.Exchange(ref _added, 0);
            try
            {
                Trim(limit);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another process removed a record while it was listed. This one is stored, and the next trim comes soon.
            }
        }
    }

    public void Remove(Digest key)
    {
        try
        {
            File.Delete(PathOf(key));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It cannot be overwritten either, and will be found damaged again.
        }
    }

    /// <summary>The stored records, with the times of their last use.</summary>
    public IEnumerable<(Digest Key, FileInfo File)> Enumerate()
    {
        if (!Directory.Exists(path))
        {
            yield break;
        }

        foreach (string folder in Directory.EnumerateDirectories(path, "??"))
        {
            string prefix = Path.GetFileName(folder);
            foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles())
            {
                if (Digest.TryParse(prefix + file.Name, out Digest key))
                {
                    // The question makes the file's status be read now: another process may remove the file at any moment.
                    if (file.Exists)
                    {
                        yield return (key, file);
                    }
                }
                else if (file.Name.EndsWith(Temporary, StringComparison.Ordinal) && time.GetUtcNow() - file.LastWriteTimeUtc > Stale)
                {
                    // Its writer was killed.
                    file.Delete();
                }
            }
        }
    }

    /// <summary>Removes the least recently used records until the rest takes at most this many bytes.</summary>
    /// <returns>The number of removed records.</returns>
    public int Trim(long bytes)
    {
        int removed = 0;
        List<(Digest Key, FileInfo File)> records = [.. Enumerate().OrderBy(static record => record.File.LastWriteTimeUtc)];
        long size = records.Sum(static record => record.File.Length);
        foreach ((Digest key, FileInfo file) in records)
        {
            if (size <= bytes)
            {
                break;
            }

            size -= file.Length;
            removed++;
            Remove(key);
        }

        return removed;
    }

    private void Touch(string file)
    {
        try
        {
            if (time.GetUtcNow() - File.GetLastWriteTimeUtc(file) > TouchEvery)
            {
                File.SetLastWriteTimeUtc(file, time.GetUtcNow().UtcDateTime);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's, or on a disk that may only be read: the record is good all the same, and only the order of removal suffers.
        }
    }

    private string PathOf(Digest key)
    {
        string name = key.ToString();
        return string.Concat(path, "/", name.AsSpan(0, 2), string.Concat("/", name.AsSpan(2)));
    }
}
