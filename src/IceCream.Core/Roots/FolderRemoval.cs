using System.Globalization;
using IceCream.Platform;

namespace IceCream.Roots;

/// <summary>
/// Removes folders in which foreign programs have written: with names that are no text, and folder in folder deeper than any path leads. Every folder
/// in a folder is first moved up to where the removal began, so that two are open at a time, however deep it goes.
/// </summary>
internal static class FolderRemoval
{
    private const uint OwnersAll = 0b111_000_000;

    /// <summary>How many names are read before they are removed: a folder can hold more than memory should.</summary>
    private const int AtOnce = 1024;

    /// <summary>Removes a folder with all that lies in it. It is no error when there is none. Links are removed, not followed, and no other mount is entered.</summary>
    /// <exception cref="IOException">Something of it could not be removed; all the rest is.</exception>
    public static void Remove(string folder)
    {
        string? parent = Path.GetDirectoryName(folder);
        using OpenFolder? holder = OpenFolder.TryOpen(parent ?? throw new IOException($"'{folder}' is no folder to be removed."));
        if (holder is not null && TryRemove(holder, OpenFolder.BytesOf(Path.GetFileName(folder))) is not 0 and int error)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"'{folder}' cannot be removed: error {error}."));
        }
    }

    /// <summary>Removes what has a name in a folder, with all that lies in it.</summary>
    /// <returns>0, or the error number of the first thing that could not be removed.</returns>
    public static int TryRemove(OpenFolder holder, ReadOnlySpan<byte> name)
    {
        int moves = 0;
        return Remove(holder, name, isOutermost: true, top: null, ref moves);
    }

    /// <param name="holder">The folder.</param>
    /// <param name="name">What is to go from it.</param>
    /// <param name="isOutermost">Whether it is where the removal began.</param>
    /// <param name="top">Where a folder that holds something is moved; null when it is emptied where it lies.</param>
    /// <param name="moves">How many folders were moved.</param>
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

        // A program can make its folders read-only, for itself and so for us. We own them, and make them writable again.
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

    /// <summary>Goes on until nothing is left, or nothing more can be removed.</summary>
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
