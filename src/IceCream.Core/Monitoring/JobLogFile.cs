using System.Globalization;

namespace IceCream.Monitoring;

/// <summary>One file of a <see cref="JobLog"/>, named after the time at which it was begun.</summary>
/// <param name="Path">The file's path.</param>
/// <param name="Began">When its first line was written, or earlier.</param>
/// <param name="Bytes">Its length in bytes.</param>
internal sealed record JobLogFile(string Path, DateTimeOffset Began, long Bytes)
{
    /// <summary>The extension of the names.</summary>
    public const string Ending = ".log";

    /// <summary>How long after its end a job may be reported: an agent gathers events for moments, and clocks are corrected.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(10);

    private const int Chunk = 256 << 10, LongestLine = 64 << 10;

    /// <summary>The files of a folder, oldest first; none where the folder cannot be read.</summary>
    public static IReadOnlyList<JobLogFile> All(string folder)
    {
        try
        {
            return
            [
                .. new DirectoryInfo(folder).EnumerateFiles("*" + Ending).Select(static file => Of(file)).OfType<JobLogFile>().OrderBy(static file => file.Began),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The files that may hold jobs that ended within a period.</summary>
    public static IEnumerable<JobLogFile> Within(IReadOnlyList<JobLogFile> all, DateTimeOffset from, DateTimeOffset to)
    {
        for (int i = 0; i < all.Count; i++)
        {
            if (all[i].Began - Late <= to && (i + 1 == all.Count || all[i + 1].Began + Late >= from))
            {
                yield return all[i];
            }
        }
    }

    /// <summary>The file's jobs that ended within a period. Content that cannot be read is left out.</summary>
    public IEnumerable<PastJob> Read(DateTimeOffset from, DateTimeOffset to)
    {
        FileStream file;
        try
        {
            file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        using (file)
        {
            byte[] bytes = new byte[Chunk];
            int held = 0;
            while (Fill(file, bytes, ref held))
            {
                int at = 0;
                while (bytes.AsSpan(at, held - at).IndexOf((byte)'\n') is >= 0 and var length)
                {
                    if (JobLogLine.Read(bytes.AsSpan(at, length), from, to) is { } job)
                    {
                        yield return job;
                    }

                    at += length + 1;
                }

                // The log has no lines this long, so the piece is no line.
                held = held - at > LongestLine ? 0 : held - at;
                bytes.AsSpan(at, held).CopyTo(bytes);
            }
        }
    }

    private static bool Fill(FileStream file, byte[] bytes, ref int held)
    {
        try
        {
            int read = file.Read(bytes, held, bytes.Length - held);
            held += read;
            return read > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static JobLogFile? Of(FileInfo file) =>
        long.TryParse(System.IO.Path.GetFileNameWithoutExtension(file.Name), NumberStyles.None, CultureInfo.InvariantCulture, out long began) && began < DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? new JobLogFile(file.FullName, DateTimeOffset.FromUnixTimeMilliseconds(began), file.Length)
            : null;
}
