using System.Collections.Immutable;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Toolchains;

/// <summary>Collects the files of a toolchain by their absolute paths, with the links that lead to them.</summary>
internal sealed class ToolchainTree
{
    private const int MostLinksOnAWay = 40;

    private readonly SortedSet<string> _files = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _directories = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _absent = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _vacant = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _idle = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _programs = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _listings = new(StringComparer.Ordinal);

    /// <summary>Paths that did not exist: the description is valid only while no file appears there.</summary>
    public IReadOnlyCollection<string> Absent => _absent;

    /// <summary>Paths where nothing existed, and nothing may appear.</summary>
    public IReadOnlyCollection<string> Vacant => _vacant;

    /// <summary>Files that are not executable, and become programs of the compiler as soon as they are.</summary>
    public IReadOnlyCollection<string> Idle => _idle;

    /// <summary>The executable ones of the files: the description is valid only while they are executable.</summary>
    public IReadOnlyCollection<string> Programs => _programs;

    /// <summary>Folders whose listing matters, with their names.</summary>
    public IReadOnlyDictionary<string, string> Listings => _listings;

    /// <summary>The files so far, by their paths without links.</summary>
    public IReadOnlyCollection<string> Files => _files;

    /// <summary>Adds a file if it exists.</summary>
    /// <returns>Its path without links; null when there is no regular file.</returns>
    public string? AddFile(string path)
    {
        if (Follow(path) is (string real, { IsRegular: true } status))
        {
            _files.Add(real);
            if (status.IsProgram)
            {
                _programs.Add(real);
            }

            return real;
        }

        _absent.Add(path);
        return null;
    }

    /// <summary>Notes a file that is not executable and therefore no program, if it exists: on a worker, where every file is executable, it would be one.</summary>
    /// <returns>Whether it exists.</returns>
    public bool AddIdle(string path) =>
        Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status is { IsRegular: true, IsProgram: false } && (_idle.Add(path) || true);

    /// <summary>Adds a folder if it exists, without its contents.</summary>
    /// <returns>Its path without links; null when there is no folder.</returns>
    public string? AddDirectory(string path)
    {
        if (Follow(path) is (string real, { IsDirectory: true }))
        {
            if (real != "/")
            {
                _directories.Add(real);
            }

            return real;
        }

        return null;
    }

    /// <summary>Adds a folder and all files below it; a folder that does not exist is skipped.</summary>
    public void AddContent(string directory)
    {
        if (AddDirectory(directory) is not { } real)
        {
            return;
        }

        foreach (string path in Directory.EnumerateFiles(real, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 8 }))
        {
            AddFile(path);
        }
    }

    /// <summary>Notes that nothing exists at a path, if that is so.</summary>
    public void AddVacancy(string path)
    {
        if (Linux.Stat(path, followLinks: true, out _) != 0)
        {
            _vacant.Add(path);
        }
    }

    /// <summary>Adds a folder whose listing matters.</summary>
    public void AddListing(string directory)
    {
        if (AddDirectory(directory) is not null)
        {
            _listings[directory] = NamesIn(directory);
        }
    }

    /// <summary>The names in a folder as one text; empty where it cannot be read.</summary>
    public static string NamesIn(string directory)
    {
        try
        {
            return string.Join('/', Directory.EnumerateFileSystemEntries(directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A program that lists the folder there gets the same answer.
            return "";
        }
    }

    /// <summary>The tree, sorted so that the same files give the same bytes.</summary>
    /// <exception cref="ToolchainException">A file cannot be read.</exception>
    public FileTree Build(IFileDigests digests)
    {
        var files = ImmutableArray.CreateBuilder<TreeFile>(_files.Count);
        foreach (string path in _files)
        {
            if (!digests.TryGet(path, out FileDigest digest))
            {
                throw new ToolchainException($"{path} belongs to the compiler and cannot be read; give this user the right to read it.");
            }

            files.Add(new TreeFile(path, digest.Digest, digest.Length, digest.Modified));
        }

        return new FileTree
        {
            Files = files.MoveToImmutable(),
            Links = [.. _links.Select(static link => new TreeLink(link.Key, link.Value))],
            Directories = [.. _directories],
        };
    }

    /// <summary>Resolves a path as the kernel does, and collects its links and the folders that a <c>..</c> leaves.</summary>
    private (string Path, FileStatus Status)? Follow(string path)
    {
        var ahead = new Stack<string>(Parts(path).Reverse());
        string here = "";
        var links = new List<TreeLink>();
        var passed = new List<string>();
        FileStatus status = default;
        if (Linux.Stat("/", followLinks: true, out status) != 0)
        {
            return null;
        }

        while (ahead.TryPop(out string? name))
        {
            if (name == "..")
            {
                if (here.Length != 0)
                {
                    if (Linux.Stat(here, followLinks: false, out status) != 0 || !status.IsDirectory)
                    {
                        return null;
                    }

                    passed.Add(here);
                    here = here[..here.LastIndexOf('/')];
                }

                continue;
            }

            string next = $"{here}/{name}";
            if (Linux.Stat(next, followLinks: false, out status) != 0)
            {
                return null;
            }

            if (!status.IsLink)
            {
                here = next;
                continue;
            }

            if (new FileInfo(next).LinkTarget is not { } target || links.Count == MostLinksOnAWay)
            {
                return null;
            }

            links.Add(new TreeLink(next, target));
            foreach (string part in Parts(target).Reverse())
            {
                ahead.Push(part);
            }

            here = target.StartsWith('/') ? "" : here;
        }

        here = here.Length == 0 ? "/" : here;
        if (Linux.Stat(here, followLinks: false, out status) != 0)
        {
            return null;
        }

        foreach (TreeLink link in links)
        {
            _links[link.Path] = link.Target;
        }

        _directories.UnionWith(passed);
        return (here, status);
    }

    private static IEnumerable<string> Parts(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(static part => part != ".");
}
