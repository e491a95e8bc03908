using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Caching;

/// <summary>
/// Records as files named by their commands' keys. They come by rename, so a reader finds a whole one or none; what is damaged all the same is removed.
/// Several processes may share the folder: of two that write one record at the same moment one is lost, and costs a compile.
/// </summary>
/// <param name="path">The folder.</param>
/// <param name="limit">How many bytes of records are kept.</param>
/// <param name="time">Dates their use.</param>
internal sealed class RecordFolder(string path, long limit, TimeProvider time)
{
    private const string Temporary = ".new";

    private static readonly TimeSpan TouchEvery = TimeSpan.FromMinutes(10), Stale = TimeSpan.FromHours(1);

    private long _added;
    private int _damaged;

    /// <summary>How many records turned out to be damaged.</summary>
    public int Damaged => Volatile.Read(ref _damaged);

    /// <summary>The record of a command; null when there is none that is whole.</summary>
    public CommandRecord? Find(Digest key)
    {
        string file = PathOf(key);
        try
        {
            if (!File.Exists(file))
            {
                return null;
            }

            if (new FileInfo(file).Length > CommandRecordCodec.MostBytes)
            {
                throw new WireFormatException("It is longer than any record.");
            }

            CommandRecord record = CommandRecordCodec.Decode(File.ReadAllBytes(file));
            if (time.GetUtcNow() - File.GetLastWriteTimeUtc(file) > TouchEvery)
            {
                File.SetLastWriteTimeUtc(file, time.GetUtcNow().UtcDateTime);
            }

            return record;
        }
        catch (WireFormatException)
        {
            Interlocked.Increment(ref _damaged);
            Remove(key);
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Removed by another process a moment ago.
            return null;
        }
    }

    /// <summary>Puts a record in the place of any former one.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
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
            // The framework's word for EFBIG.
            throw new IOException($"'{file}' would be larger than the limit to the size of files (ulimit -f) allows.", e);
        }
        finally
        {
            File.Delete(temporary);
        }

        if (Interlocked.Add(ref _added, bytes.Length) > limit / 8)
        {
            Interlocked.Exchange(ref _added, 0);
            Trim(limit);
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
            // It cannot be written over either, and is found to be damaged the next time too.
        }
    }

    /// <summary>The records that are there, with the times of their last use.</summary>
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
                    yield return (key, file);
                }
                else if (file.Name.EndsWith(Temporary, StringComparison.Ordinal) && time.GetUtcNow() - file.LastWriteTimeUtc > Stale)
                {
                    // Its writer was killed.
                    file.Delete();
                }
            }
        }
    }

    /// <summary>Removes the longest unused until the others take no more than so many bytes.</summary>
    /// <returns>How many were removed.</returns>
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

    private string PathOf(Digest key)
    {
        string name = key.ToString();
        return string.Concat(path, "/", name.AsSpan(0, 2), string.Concat("/", name.AsSpan(2)));
    }
}
