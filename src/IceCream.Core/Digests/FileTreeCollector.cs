using System.Runtime.InteropServices;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Digests;

/// <summary>
/// Builds a <see cref="FileTree"/> from paths as the compiler writes them. Each path is walked component by component as the kernel
/// does it, because <c>a/../b</c> is not <c>b</c> when <c>a</c> is a symbolic link. Each folder is walked once in the life of a collector, and
/// a file costs one stat call. Not thread-safe.
/// </summary>
internal sealed class FileTreeCollector
{
    private readonly IFileDigests _digests;
    private readonly RealPaths _paths = new();
    private readonly Dictionary<string, WalkedPath> _folders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WalkedPath>.AlternateLookup<ReadOnlySpan<char>> _foldersBySpan;
    private readonly Dictionary<string, bool> _added = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reals = new(StringComparer.Ordinal);
    private readonly List<TreeFile> _files = [];
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private readonly Dictionary<(ulong Device, ulong Inode), string> _inodes = [];

    public FileTreeCollector(IFileDigests digests)
    {
        _digests = digests;
        _foldersBySpan = _folders.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>
    /// Names two files of the tree that are one inode under two names; null when there are none. Compilers that tell files apart by inode
    /// would see one file here and two in a copy of the tree.
    /// </summary>
    public string? HardLinked { get; private set; }

    /// <summary>Adds a file and the symbolic links on the way to it.</summary>
    /// <param name="path">Absolute, or relative to <paramref name="workingDirectory"/>.</param>
    /// <param name="workingDirectory">Absolute.</param>
    /// <returns>False, and nothing is added, when there is no regular file there that can be read.</returns>
    public bool Add(string path, string workingDirectory)
    {
        string full = Absolute(path, workingDirectory);
        if (!_added.TryGetValue(full, out bool added))
        {
            _added[full] = added = AddFile(full, null);
        }

        return added;
    }

    /// <summary>Adds a file that is no symbolic link itself and of which everything is known except the real folder.</summary>
    /// <param name="full">Absolute.</param>
    /// <param name="digest">The file's digest and identity.</param>
    /// <returns>False, and nothing is added, when the folder does not exist.</returns>
    public bool Add(string full, in FileDigest digest)
    {
        if (!_added.TryGetValue(full, out bool added))
        {
            _added[full] = added = AddFile(full, digest);
        }

        return added;
    }

    /// <summary>Adds a folder that must exist even if no file in it is needed, and the symbolic links on the way to it.</summary>
    /// <param name="path">Absolute, or relative to <paramref name="workingDirectory"/>.</param>
    /// <param name="workingDirectory">Absolute.</param>
    /// <returns>False, and nothing is added, when there is no folder there.</returns>
    public bool AddDirectory(string path, string workingDirectory)
    {
        if (Walk(Absolute(path, workingDirectory)) is not { } folder)
        {
            return false;
        }

        Keep(folder);
        AddRealDirectory(folder.Real);
        return true;
    }

    /// <summary>The tree so far, sorted by ordinal comparison of the paths.</summary>
    public FileTree ToTree()
    {
        TreeFile[] files = [.. _files];
        Array.Sort(files, static (left, right) => string.CompareOrdinal(left.Path, right.Path));
        return new FileTree
        {
            Files = ImmutableCollectionsMarshal.AsImmutableArray(files),
            Links = [.. _links.OrderBy(static link => link.Key, StringComparer.Ordinal).Select(static link => new TreeLink(link.Key, link.Value))],
            Directories = [.. _directories.Order(StringComparer.Ordinal)],
        };
    }

    private static string Absolute(string path, string workingDirectory) =>
        path.StartsWith('/') ? path : $"{workingDirectory}/{path}";

    private bool AddFile(string full, FileDigest? known)
    {
        int cut = full.LastIndexOf('/');
        ReadOnlySpan<char> name = full.AsSpan(cut + 1);
        if (name is "" or "." or ".." || Walk(full.AsSpan(0, Math.Max(cut, 1))) is not { } folder)
        {
            return false;
        }

        string real = cut == folder.Real.Length && full.StartsWith(folder.Real, StringComparison.Ordinal) ? full : $"{folder.Real}/{name}";
        WalkedPath? linked = null;
        FileStatus status = default;
        if (known is null && Linux.Stat(real, followLinks: false, out status) != 0)
        {
            return false;
        }

        if (status.IsLink)
        {
            linked = _paths.Walk(real, out status);
            if (linked is null)
            {
                return false;
            }

            real = linked.Real;
        }

        if (!_reals.Contains(real) && !Take(real, status, known))
        {
            return false;
        }

        Keep(folder);
        Keep(linked);
        return true;
    }

    private bool Take(string real, in FileStatus status, FileDigest? known)
    {
        FileDigest digest = known.GetValueOrDefault();
        if (known is null && (!status.IsRegular || !_digests.TryGet(real, status, null, out digest)))
        {
            return false;
        }

        _reals.Add(real);
        _files.Add(new TreeFile(real, digest.Digest, digest.Length, digest.Modified));
        if (!_inodes.TryAdd((digest.Device, digest.Inode), real))
        {
            HardLinked ??= $"'{_inodes[(digest.Device, digest.Inode)]}' and '{real}' are one file";
        }

        return true;
    }

    /// <summary>Follows a path to a folder; null when there is none.</summary>
    private WalkedPath? Walk(ReadOnlySpan<char> spelled)
    {
        if (!_foldersBySpan.TryGetValue(spelled, out WalkedPath? folder))
        {
            folder = _paths.Walk(spelled.ToString(), out FileStatus status) is { } walked && status.IsDirectory ? walked : WalkedPath.Nowhere;
            _folders[spelled.ToString()] = folder;
        }

        return folder == WalkedPath.Nowhere ? null : folder;
    }

    private void Keep(WalkedPath? walked)
    {
        if (walked is null or { IsKept: true })
        {
            return;
        }

        walked.IsKept = true;
        foreach ((string path, string target) in walked.Links)
        {
            _links.TryAdd(path, target);
        }

        foreach (string directory in walked.Directories)
        {
            AddRealDirectory(directory);
        }
    }

    private void AddRealDirectory(string real)
    {
        // The root always exists.
        if (real.Length > 0)
        {
            _directories.Add(real);
        }
    }
}
