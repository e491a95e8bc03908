using System.Text;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Roots;

/// <summary>A folder that a compile may write in.</summary>
/// <param name="Host">Its path on this machine.</param>
/// <param name="Path">Its path in the sandbox.</param>
internal sealed record OutputFolder(string Host, string Path)
{
    /// <summary>The most entries, more than any build has beside its objects: scanning more of them would delay other jobs.</summary>
    private const int MostThings = 500_000;

    /// <summary>The most characters of the paths of subfolders together. They wait in memory, and with long names they would fill it.</summary>
    private const int MostFolderText = 16 << 20;

    /// <summary>The longest relative path in UTF-8 bytes: the limit of Linux, with room for a prefix and a suffix.</summary>
    private const int LongestWay = 4000;

    private const uint OwnersAll = 0b111_000_000;

    /// <summary>The subfolders without files, with their status when the job began; by their relative paths.</summary>
    public Dictionary<string, FileStatus> Empty { get; } = new(StringComparer.Ordinal);

    /// <summary>All entries in it and its subfolders, except folders. Links are not followed.</summary>
    /// <exception cref="InvalidDataException">An entry cannot be reported to an origin, or there are too many.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public IEnumerable<FolderThing> Things()
    {
        using OpenFolder top = OpenFolder.TryOpen(Host) ?? throw new IOException($"'{Host}' is gone.");
        var ahead = new Queue<string>([""]);
        int count = 0, text = 0;
        while (ahead.TryDequeue(out string? way))
        {
            using OpenFolder folder = top.TryEnter(OpenFolder.BytesOf("." + way), out int error)
                ?? throw new InvalidDataException($"The compile left {Path}{way} so that it cannot be opened: error {error}.");
            foreach (byte[] name in folder.Read(MostThings + 1 - count))
            {
                string thing = $"{way}/{OpenFolder.TextOf(name) ?? throw new InvalidDataException($"The compile made something in {Path}{way} whose name is no text.")}";
                if (++count > MostThings || Encoding.UTF8.GetByteCount(thing) > LongestWay)
                {
                    throw new InvalidDataException($"The compile made more in {Path}, or deeper, than an origin can be told of.");
                }

                if (folder.Stat(name, out FileStatus status) != 0)
                {
                    continue;
                }

                if (status.IsDirectory)
                {
                    text += thing.Length;
                    ahead.Enqueue(text <= MostFolderText ? thing : throw new InvalidDataException($"The compile made more folders in {Path}, with longer names, than any build has."));
                }
                else
                {
                    yield return new FolderThing(thing, status);
                }
            }
        }
    }

    /// <summary>Opens a file in it for reading, by its relative path.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public SafeFileHandle Open(string way)
    {
        using OpenFolder top = OpenFolder.TryOpen(Host) ?? throw new IOException($"'{Host}' is gone.");
        return top.OpenFile(OpenFolder.BytesOf("." + way));
    }

    /// <summary>
    /// Removes everything except the empty folders that are unchanged since the job began. Creating a folder costs some file systems half a
    /// millisecond, and the next job needs mostly the same ones.
    /// </summary>
    /// <returns>The remaining folders, each after its parent.</returns>
    /// <exception cref="IOException">Something could not be removed.</exception>
    public IReadOnlyList<string> Clear()
    {
        // A program can remove its own permissions, and thereby those of this process.
        Linux.SetPermissions(Host, OwnersAll);
        using OpenFolder top = OpenFolder.TryOpen(Host) ?? throw new IOException($"'{Host}' is gone.");
        var left = new List<string>();
        for (int next = -1; next < left.Count; next++)
        {
            string way = next < 0 ? "" : left[next];
            using OpenFolder folder = top.TryEnter(OpenFolder.BytesOf("." + way), out int error) ?? throw new IOException($"'{Host}{way}' cannot be opened: error {error}.");
            List<byte[]> names = folder.Read(MostThings);
            if (names.Count == MostThings)
            {
                throw new IOException($"'{Host}{way}' holds too much to be sorted.");
            }

            foreach (byte[] name in names)
            {
                string thing = $"{way}/{OpenFolder.TextOf(name)}";
                if (Empty.TryGetValue(thing, out FileStatus before) && folder.Stat(name, out FileStatus now) == 0 && IsUntouched(before, now))
                {
                    left.Add(thing);
                }
                else if (FolderRemoval.TryRemove(folder, name) is not 0 and int refusal)
                {
                    throw new IOException($"'{Host}{thing}' cannot be removed: error {refusal}.");
                }
            }
        }

        return left;
    }

    /// <summary>Compares the ctime, which cannot be set back: it also reflects changes of permissions and attributes.</summary>
    private static bool IsUntouched(FileStatus before, FileStatus now) =>
        (before.Inode, before.Mode, before.Owner, before.ChangedSeconds, before.ChangedNanoseconds)
            == (now.Inode, now.Mode, now.Owner, now.ChangedSeconds, now.ChangedNanoseconds);
}

/// <summary>An entry of an output folder that is not a folder itself.</summary>
/// <param name="Way">Its path relative to the output folder.</param>
/// <param name="Status">Its status.</param>
internal readonly record struct FolderThing(string Way, FileStatus Status);

/// <summary>The empty folders that a job left in an output folder.</summary>
/// <param name="Host">Its path on this machine.</param>
/// <param name="Folders">Its subfolders, each after its parent.</param>
internal sealed record LeftFolder(string Host, IReadOnlyList<string> Folders);
