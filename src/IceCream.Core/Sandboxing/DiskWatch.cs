using IceCream.Platform;

namespace IceCream.Sandboxing;

/// <summary>
/// Looks at the folders that a command may write in, and says when there is more in them than it may have: bytes, names, or folders within folders. What has no name any more is not seen; each such file is bounded by the limit of one file.
/// </summary>
internal static class DiskWatch
{
    /// <summary>How many files and folders there may be, and how deep they may lie: more would take longer to remove than a compile takes.</summary>
    private const int MostNames = 500_000, MostDepth = 100;

    /// <summary>The limit that is passed at this moment, for people; null when none is.</summary>
    public static string? FindExcess(IEnumerable<string> folders, long budget)
    {
        long bytes = 0, names = 0;
        foreach (string path in folders)
        {
            using OpenFolder? folder = OpenFolder.TryOpen(path);
            if (folder is not null && Add(folder, 0, budget, ref bytes, ref names) is { } excess)
            {
                return excess;
            }
        }

        return null;
    }

    private static string? Add(OpenFolder folder, int depth, long budget, ref long bytes, ref long names)
    {
        if (depth > MostDepth)
        {
            return $"it made folders within folders, more than {MostDepth} deep";
        }

        foreach (byte[] name in folder.Read((int)Math.Min(int.MaxValue, MostNames + 1 - names)))
        {
            if (folder.Stat(name, out FileStatus status) != 0)
            {
                // Gone since.
                continue;
            }

            bytes += status.IsRegular ? status.Length : 0;
            if (bytes > budget)
            {
                return $"it wrote more than {budget} bytes of files";
            }

            if (++names > MostNames)
            {
                return $"it made more than {MostNames} files and folders";
            }

            if (status.IsDirectory)
            {
                using OpenFolder? inner = folder.TryEnter(name, out int error);
                if (error == Linux.EACCES)
                {
                    return "it locked a folder, in which nobody sees how much it writes";
                }

                if (inner is not null && Add(inner, depth + 1, budget, ref bytes, ref names) is { } excess)
                {
                    return excess;
                }
            }
        }

        return null;
    }
}
