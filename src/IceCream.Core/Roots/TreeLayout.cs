using IceCream.Jobs;

namespace IceCream.Roots;

/// <summary>
/// The union of a job's trees, validated: every path is normalised, all its parents are folders, and it has one meaning. Trees come from other
/// machines, so this validation prevents a job's root from containing paths outside itself.
/// </summary>
internal sealed class TreeLayout
{
    private const int LinksFollowed = 40;

    /// <summary>
    /// The most folders, and the most characters of their paths together: each path implies the folders above it, so that some thousand long paths, which
    /// fit in a message, would imply millions of folders and fill the memory. The largest toolchains and projects have a tenth of that.
    /// </summary>
    private const int MostFolders = 512 << 10, MostFolderText = 32 << 20;

    private readonly Dictionary<string, TreeFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal) { "/" };
    private int _folderText;

    /// <exception cref="InvalidDataException">A tree is inconsistent in itself or with another one, a path is not normalised, or there are too many folders.</exception>
    public TreeLayout(params ReadOnlySpan<FileTree> trees)
    {
        foreach (FileTree tree in trees)
        {
            Add(tree);
        }

        foreach (string folder in _folders)
        {
            RequireFolder(folder);
        }

        foreach (string link in _links.Keys)
        {
            if (_files.ContainsKey(link))
            {
                throw new InvalidDataException($"{link} is a file and a link.");
            }
        }
    }

    public IReadOnlyCollection<TreeFile> Files => _files.Values;

    public IReadOnlyDictionary<string, string> Links => _links;

    public IReadOnlyCollection<string> Folders => _folders;

    /// <summary>Whether a real path is a folder.</summary>
    public bool HasFolder(string real) => _folders.Contains(real);

    /// <summary>Whether a real path is a file.</summary>
    public bool HasFile(string real) => _files.ContainsKey(real);

    /// <summary>The target of the link at a path whose parents are real; null when there is none.</summary>
    public string? LinkAt(string path) => _links.GetValueOrDefault(path);

    /// <summary>Adds a folder, with its parents.</summary>
    /// <exception cref="InvalidDataException">A file or link is in its place.</exception>
    public void AddFolder(string path)
    {
        RequireNormal(path);
        for (string folder = path; TryAddFolder(folder); folder = ParentOf(folder))
        {
            RequireFolder(folder);
        }
    }

    /// <summary>Resolves the links in a path. Components that are not in the trees count as folders.</summary>
    /// <exception cref="InvalidDataException">The path is not absolute, or the links form a loop.</exception>
    public string Resolve(string path)
    {
        if (!path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new InvalidDataException($"'{path}' is no absolute path.");
        }

        var ahead = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        string reached = "/";
        int followed = 0;
        while (ahead.TryPop(out string? name))
        {
            if (name is "." or "..")
            {
                reached = name == "." ? reached : ParentOf(reached);
                continue;
            }

            string next = Join(reached, name);
            if (!_links.TryGetValue(next, out string? target))
            {
                reached = next;
                continue;
            }

            if (++followed > LinksFollowed)
            {
                throw new InvalidDataException($"The links on the way to {path} go in a circle.");
            }

            reached = target.StartsWith('/') ? "/" : reached;
            foreach (string part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                ahead.Push(part);
            }
        }

        return reached;
    }

    public static string ParentOf(string path) => path.LastIndexOf('/') is > 0 and int slash ? path[..slash] : "/";

    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    public static string Join(string folder, string name) => folder == "/" ? "/" + name : $"{folder}/{name}";

    private void Add(FileTree tree)
    {
        foreach (TreeFile file in tree.Files)
        {
            RequireNormal(file.Path);
            if (!_files.TryAdd(file.Path, file) && _files[file.Path].Digest != file.Digest)
            {
                throw new InvalidDataException($"{file.Path} has two contents.");
            }

            Imply(ParentOf(file.Path));
        }

        foreach (TreeLink link in tree.Links)
        {
            RequireNormal(link.Path);
            if (link.Target.Length == 0 || link.Target.Contains('\0', StringComparison.Ordinal))
            {
                throw new InvalidDataException($"The link {link.Path} leads nowhere.");
            }

            if (!_links.TryAdd(link.Path, link.Target) && _links[link.Path] != link.Target)
            {
                throw new InvalidDataException($"The link {link.Path} has two targets.");
            }

            Imply(ParentOf(link.Path));
        }

        foreach (string folder in tree.Directories)
        {
            RequireNormal(folder);
            Imply(folder);
        }
    }

    private void Imply(string folder)
    {
        for (; TryAddFolder(folder); folder = ParentOf(folder))
        {
        }
    }

    /// <summary>Adds a folder without its parents.</summary>
    /// <returns>False when it is there already.</returns>
    private bool TryAddFolder(string folder)
    {
        if (!_folders.Add(folder))
        {
            return false;
        }

        _folderText += folder.Length;
        if (_folders.Count > MostFolders || _folderText > MostFolderText)
        {
            throw new InvalidDataException("The trees have more folders, or deeper ones, than any toolchain or project.");
        }

        return true;
    }

    private void RequireFolder(string folder)
    {
        if (_files.ContainsKey(folder) || _links.ContainsKey(folder))
        {
            throw new InvalidDataException($"{folder} is a folder and something else.");
        }
    }

    private static void RequireNormal(string path)
    {
        if (!IsNormal(path))
        {
            throw new InvalidDataException($"'{path}' is no absolute, normalised path.");
        }
    }

    private static bool IsNormal(ReadOnlySpan<char> path)
    {
        if (path is "/")
        {
            return true;
        }

        if (path.IsEmpty || path[0] != '/' || path.Contains('\0'))
        {
            return false;
        }

        for (ReadOnlySpan<char> rest = path[1..]; ; )
        {
            int slash = rest.IndexOf('/');
            if ((slash < 0 ? rest : rest[..slash]) is "" or "." or "..")
            {
                return false;
            }

            if (slash < 0)
            {
                return true;
            }

            rest = rest[(slash + 1)..];
        }
    }
}
