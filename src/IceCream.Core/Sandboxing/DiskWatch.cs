using IceCream.Platform;

namespace IceCream.Sandboxing;

/// <summary>
/// Checks whether the folders that a command may write in exceed a limit: of bytes, names, or nesting depth. Deleted files that are still open are
/// not counted; each of them is bounded by the limit for one file.
/// </summary>
internal static class DiskWatch
{
    /// <summary>The most files and folders, and the greatest depth: removing more would take longer than a compile.</summary>
    private const int MostNames = 500_000, MostDepth = 100;

    /// <summary>The first limit that is currently exceeded, for people; null when there is none.</summary>
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
                // It was removed meanwhile.
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
