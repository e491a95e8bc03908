using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Storage;

/// <summary>
/// Builds a <see cref="FileTree"/> from paths as the compiler writes them. Each path is walked component by component as the kernel
/// does it, because <c>a/../b</c> is not <c>b</c> when <c>a</c> is a symbolic link. The file system is asked once per path for the
/// life of a collector. Not thread-safe.
/// </summary>
internal sealed class FileTreeCollector(IFileDigests digests)
{
    private const int MaxLinks = 40;

    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _added = new(StringComparer.Ordinal), _addedDirectories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TreeFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private readonly Dictionary<(ulong Device, ulong Inode), string> _inodes = [];

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
            _added[full] = added = AddFile(full);
        }

        return added;
    }

    /// <summary>Adds a folder that must exist although nothing in it may be needed, and the symbolic links on the way to it.</summary>
    /// <param name="path">Absolute, or relative to <paramref name="workingDirectory"/>.</param>
    /// <param name="workingDirectory">Absolute.</param>
    /// <returns>False, and nothing is added, when there is no folder there.</returns>
    public bool AddDirectory(string path, string workingDirectory)
    {
        string full = Absolute(path, workingDirectory);
        if (!_addedDirectories.TryGetValue(full, out bool added))
        {
            Walk walk = new();
            added = TryWalk(full, walk, out string real, out FileStatus status) && status.IsDirectory;
            if (added)
            {
                Keep(walk);
                AddRealDirectory(real);
            }

            _addedDirectories[full] = added;
        }

        return added;
    }

    /// <summary>The tree so far, sorted by ordinal comparison of the paths.</summary>
    public FileTree ToTree() => new()
    {
        Files = [.. _files.Values.OrderBy(file => file.Path, StringComparer.Ordinal)],
        Links = [.. _links.OrderBy(link => link.Key, StringComparer.Ordinal).Select(link => new TreeLink(link.Key, link.Value))],
        Directories = [.. _directories.Order(StringComparer.Ordinal)],
    };

    private static string Absolute(string path, string workingDirectory) =>
        path.StartsWith('/') ? path : $"{workingDirectory}/{path}";

    private bool AddFile(string full)
    {
        Walk walk = new();
        if (full.EndsWith('/') || !TryWalk(full, walk, out string real, out FileStatus status) || !status.IsRegular)
        {
            return false;
        }

        if (!_files.ContainsKey(real))
        {
            if (!digests.TryGet(real, out FileDigest digest))
            {
                return false;
            }

            _files.Add(real, new TreeFile(real, digest.Digest, digest.Length, digest.Modified));
            if (!_inodes.TryAdd((digest.Device, digest.Inode), real))
            {
                HardLinked ??= $"'{_inodes[(digest.Device, digest.Inode)]}' and '{real}' are one file";
            }
        }

        Keep(walk);
        return true;
    }

    private void Keep(Walk walk)
    {
        foreach ((string path, string target) in walk.Links)
        {
            _links.TryAdd(path, target);
        }

        foreach (string directory in walk.Directories)
        {
            AddRealDirectory(directory);
        }
    }

    private void AddRealDirectory(string real)
    {
        // The root is always there.
        if (real.Length > 0)
        {
            _directories.Add(real);
        }
    }

    /// <summary>Follows a path as the kernel does. <paramref name="real"/> is empty for the root.</summary>
    private bool TryWalk(string full, Walk walk, out string real, out FileStatus status)
    {
        real = "";
        status = new FileStatus { Mode = Linux.Directory };
        Stack<string> rest = new();
        Push(rest, full);
        int links = 0;
        while (rest.TryPop(out string? component))
        {
            if (!status.IsDirectory)
            {
                return false;
            }

            if (component == ".")
            {
                continue;
            }

            if (component == "..")
            {
                walk.Directories.Add(real);
                real = Parent(real);
                continue;
            }

            string path = $"{real}/{component}";
            Node node = Look(path);
            if (node.Target is { } target)
            {
                if (++links > MaxLinks)
                {
                    return false;
                }

                walk.Links.Add((path, target));
                Push(rest, target);
                real = target.StartsWith('/') ? "" : real;
                continue;
            }

            if (!node.Exists)
            {
                return false;
            }

            (real, status) = (path, node.Status);
        }

        return true;
    }

    private static string Parent(string real) => real.Length == 0 ? real : real[..real.LastIndexOf('/')];

    private static void Push(Stack<string> rest, string path)
    {
        string[] components = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = components.Length - 1; i >= 0; i--)
        {
            rest.Push(components[i]);
        }
    }

    private Node Look(string path)
    {
        if (!_nodes.TryGetValue(path, out Node node))
        {
            bool exists = Linux.Stat(path, followLinks: false, out FileStatus status) == 0;
            string? target = exists && status.IsLink ? new FileInfo(path).LinkTarget : null;

            // A link that went away between the two questions is missing.
            node = new Node(exists && (!status.IsLink || target is not null), status, target);
            _nodes.Add(path, node);
        }

        return node;
    }

    private readonly record struct Node(bool Exists, FileStatus Status, string? Target);

    /// <summary>What one path passed; kept only when the path led somewhere.</summary>
    private sealed class Walk
    {
        public List<(string Path, string Target)> Links { get; } = [];

        public List<string> Directories { get; } = [];
    }
}
