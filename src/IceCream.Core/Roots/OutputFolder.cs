using System.Text;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Roots;

/// <summary>A folder that a compile may write in.</summary>
/// <param name="Host">Where it lies on this machine.</param>
/// <param name="Path">Where the sandbox shows it.</param>
internal sealed record OutputFolder(string Host, string Path)
{
    /// <summary>More things than any build has beside its objects: whoever looks at them all would be kept from other jobs.</summary>
    private const int MostThings = 500_000;

    /// <summary>UTF-8 bytes in the way to a thing: what Linux takes for a path, and room for what is put before and behind.</summary>
    private const int LongestWay = 4000;

    private const uint OwnersAll = 0b111_000_000;

    /// <summary>The folders in it that hold no file, as they were when the job began; by their paths from here.</summary>
    public Dictionary<string, FileStatus> Empty { get; } = new(StringComparer.Ordinal);

    /// <summary>What lies in it and in the folders in it, folders apart. Links are not followed.</summary>
    /// <exception cref="InvalidDataException">There are things in it that no origin could be told of, or too many.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public IEnumerable<FolderThing> Things()
    {
        using OpenFolder top = OpenFolder.TryOpen(Host) ?? throw new IOException($"'{Host}' is gone.");
        var ahead = new Queue<string>([""]);
        int count = 0;
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
                    ahead.Enqueue(thing);
                }
                else
                {
                    yield return new FolderThing(thing, status);
                }
            }
        }
    }

    /// <summary>Opens a file in it for reading, by its path from here.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public SafeFileHandle Open(string way)
    {
        using OpenFolder top = OpenFolder.TryOpen(Host) ?? throw new IOException($"'{Host}' is gone.");
        return top.OpenFile(OpenFolder.BytesOf("." + way));
    }

    /// <summary>
    /// Removes all but the empty folders that are as they were when the job began. To make a folder costs some file systems half a
    /// millisecond, and the next job wants most of the same ones.
    /// </summary>
    /// <returns>What is left, each after those that it lies in.</returns>
    /// <exception cref="IOException">Something could not be removed.</exception>
    public IReadOnlyList<string> Clear()
    {
        // A program can take the right to it away from itself, and so from us.
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

    /// <summary>Nobody can set the time of change back: it tells of new rights and attributes too.</summary>
    private static bool IsUntouched(FileStatus before, FileStatus now) =>
        (before.Inode, before.Mode, before.Owner, before.ChangedSeconds, before.ChangedNanoseconds)
            == (now.Inode, now.Mode, now.Owner, now.ChangedSeconds, now.ChangedNanoseconds);
}

/// <summary>A file, a link, or what else lies in an output folder and is no folder.</summary>
/// <param name="Way">Its path from the output folder.</param>
/// <param name="Status">What it is.</param>
internal readonly record struct FolderThing(string Way, FileStatus Status);

/// <summary>What a job left of an output folder: empty folders, and nothing of its own.</summary>
/// <param name="Host">Where it lies on this machine.</param>
/// <param name="Folders">The folders in it, each after those that it lies in.</param>
internal sealed record LeftFolder(string Host, IReadOnlyList<string> Folders);
