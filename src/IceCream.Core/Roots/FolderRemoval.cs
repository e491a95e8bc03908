using System.Globalization;
using IceCream.Platform;

namespace IceCream.Roots;

/// <summary>
/// Removes folders in which foreign programs have written: with names that are not valid text, and nested deeper than any path can reach. Every
/// subfolder is first moved up to the starting folder, so that only two folders are open at a time, at any depth.
/// </summary>
internal static class FolderRemoval
{
    private const uint OwnersAll = 0b111_000_000;

    /// <summary>How many names are read at a time: a folder may have more entries than should be in memory.</summary>
    private const int AtOnce = 1024;

    /// <summary>Removes a folder with all its contents. A missing folder is no error. Links are removed, not followed, and other mounts are not entered.</summary>
    /// <exception cref="IOException">Something could not be removed; everything else was.</exception>
    public static void Remove(string folder)
    {
        string? parent = Path.GetDirectoryName(folder);
        using OpenFolder? holder = OpenFolder.TryOpen(parent ?? throw new IOException($"'{folder}' is no folder to be removed."));
        if (holder is not null && TryRemove(holder, OpenFolder.BytesOf(Path.GetFileName(folder))) is not 0 and int error)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"'{folder}' cannot be removed: error {error}."));
        }
    }

    /// <summary>Removes an entry of a folder, with all its contents.</summary>
    /// <returns>0, or the error number of the first failure.</returns>
    public static int TryRemove(OpenFolder holder, ReadOnlySpan<byte> name)
    {
        int moves = 0;
        return Remove(holder, name, isOutermost: true, top: null, ref moves);
    }

    /// <param name="holder">The folder.</param>
    /// <param name="name">The entry to remove.</param>
    /// <param name="isOutermost">Whether it is the starting folder.</param>
    /// <param name="top">The folder into which a non-empty folder is moved; null when it is emptied in place.</param>
    /// <param name="moves">Counts the moved folders.</param>
    private static int Remove(OpenFolder holder, ReadOnlySpan<byte> name, bool isOutermost, OpenFolder? top, ref int moves)
    {
        int error = holder.Unlink(name, isFolder: false);
        if (error != Linux.EISDIR)
        {
            return error == Linux.ENOENT ? 0 : error;
        }

        if (holder.Unlink(name, isFolder: true) == 0)
        {
            return 0;
        }

        // A program can make its own folders read-only. This process owns them too, and makes them writable again.
        error = holder.Stat(name, out FileStatus status);
        if (error == 0 && (status.Permissions & OwnersAll) != OwnersAll)
        {
            error = holder.SetPermissions(name, OwnersAll);
        }

        if (error != 0)
        {
            return error;
        }

        if (top is not null)
        {
            moves++;
            return holder.Move(name, top, OpenFolder.BytesOf($"{Guid.NewGuid():N}"));
        }

        using (OpenFolder? inner = holder.TryEnter(name, out error))
        {
            error = inner is null ? error : Empty(inner, isOutermost ? null : holder, ref moves);
        }

        return error == 0 ? holder.Unlink(name, isFolder: true) : error;
    }

    /// <summary>Repeats until nothing is left, or nothing more can be removed.</summary>
    private static int Empty(OpenFolder folder, OpenFolder? top, ref int moves)
    {
        while (true)
        {
            List<byte[]> names = folder.Read(AtOnce);
            int first = 0, gone = 0, before = moves;
            foreach (byte[] name in names)
            {
                int error = Remove(folder, name, isOutermost: false, top, ref moves);
                gone += error == 0 ? 1 : 0;
                first = first == 0 ? error : first;
            }

            if (gone == 0 && moves == before)
            {
                return first;
            }
        }
    }
}
