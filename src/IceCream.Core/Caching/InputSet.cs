using IceCream.FileSystem;
using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Caching;

/// <summary>
/// The second stage of the cache key: the inputs under which a compile was observed, which are compared with the current state. The set is valid when
/// every file, link and folder that the compile was given is unchanged, and everything that it looked for in vain is still absent. Then the compile
/// would have the same result now.
/// </summary>
internal sealed class InputSet
{
    /// <summary>The suffixes of precompiled headers. Compilers compare the mtime of every file that was compiled into one.</summary>
    private static readonly string[] Precompiled = [".gch", ".pch", ".pcm"];

    private readonly FileTree _tree;
    private readonly LookupLists _lists;
    private readonly string[] _folders;
    private readonly FileTree _toolchain;
    private readonly TreeFile[][] _twins;
    private readonly (TreeFile File, long[] Times)[] _twinsOfTools;

    /// <param name="tree">The files that the compile was given, in the form of <see cref="Lasting"/>.</param>
    /// <param name="lists">Its lookups.</param>
    /// <param name="toolchain">The compiler's tree.</param>
    public InputSet(FileTree tree, LookupLists lists, FileTree toolchain)
    {
        (_tree, _lists, _toolchain) = (tree, lists, toolchain);
        var folders = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string path in tree.Files.Select(static file => file.Path).Concat(tree.Links.Select(static link => link.Path)))
        {
            AddAbove(path);
        }

        foreach (string directory in tree.Directories.Where(folders.Add))
        {
            AddAbove(directory);
        }

        _folders = [.. folders];
        _twins = [.. tree.Files.GroupBy(static file => file.Digest).Where(static twins => twins.Count() > 1).Select(static twins => twins.ToArray())];
        ILookup<Digest, long> tools = toolchain.Files.ToLookup(static file => file.Digest, static file => file.Modified);
        _twinsOfTools = [.. tree.Files.Where(file => tools.Contains(file.Digest)).Select(file => (file, tools[file.Digest].ToArray()))];

        void AddAbove(string path)
        {
            for (string? above = Path.GetDirectoryName(path); above is { Length: > 1 } && folders.Add(above);)
            {
                above = Path.GetDirectoryName(above);
            }
        }
    }

    /// <summary>About how much memory it takes, in units of one file.</summary>
    public int Weight => _tree.Count + _folders.Length + _lists.Absent.Sum(static absent => absent.Names.Length);

    public FileTree Tree => _tree;

    public LookupLists Lists => _lists;

    /// <summary>
    /// A tree without the mtimes that no compiler uses. Mtimes matter only between files with the same bytes, which compilers tell apart by them, and
    /// where a precompiled header contains them. Two checkouts of one commit then have the same tree.
    /// </summary>
    public static FileTree Lasting(FileTree tree, FileTree toolchain)
    {
        if (HasPrecompiled(tree))
        {
            return tree;
        }

        HashSet<Digest> several = [.. tree.Files.GroupBy(static file => file.Digest).Where(static twins => twins.Count() > 1).Select(static twins => twins.Key)];
        several.UnionWith(toolchain.Files.Select(static file => file.Digest));
        return tree with
        {
            Files = [.. tree.Files.Select(file => several.Contains(file.Digest) ? file : file with { Modified = 0 })],
        };
    }

    /// <summary>Whether it contains a precompiled header, by its file names.</summary>
    public static bool HasPrecompiled(FileTree tree) =>
        tree.Files.Any(static file => Precompiled.Any(end => file.Path.EndsWith(end, StringComparison.Ordinal)));

    /// <summary>The first difference to the current state; null when the set is valid.</summary>
    /// <param name="job">The job that is looked up.</param>
    /// <param name="visit">A view of the file system that began with the job.</param>
    /// <param name="parts">The parts that are compared: all of them, except in tests.</param>
    public string? FirstDifference(CompileJob job, InputVisit visit, KeyPart parts = KeyPart.All) =>
        (parts.HasFlag(KeyPart.Files) ? DifferenceOfFiles(visit) : null)
        ?? (parts.HasFlag(KeyPart.Links) ? _tree.Links.Where(static link => Linux.LinkTarget(link.Path) != link.Target)
            .Select(static link => $"{link.Path} leads elsewhere").FirstOrDefault() : null)
        ?? (parts.HasFlag(KeyPart.Folders) ? _folders.Where(folder => visit.File(folder) is not { Kind: FileKind.Folder, IsLink: false })
            .Select(static folder => $"{folder} is no folder any more").FirstOrDefault() : null)
        ?? (parts.HasFlag(KeyPart.Twins) ? DifferenceOfTwins(visit) : null)
        ?? (parts.HasFlag(KeyPart.Lookups) ? LookupCheck.FindMissing(_lists, [_toolchain, _tree], job.Outputs, visit, job.ProgramFolders())
            .Select(static path => $"{path} is there now").FirstOrDefault() : null)
        ?? (parts.HasFlag(KeyPart.Variables) ? InputDiscovery.ReasonToStayByVariables(job, _lists.Variables)?.Detail : null);

    /// <summary>All differences to the current state, for people.</summary>
    public IEnumerable<string> Differences(InputVisit visit) =>
        _tree.Files.Where(file => !IsSame(file, visit.File(file.Path))).Select(file => DescribeFile(file, visit))
            .Concat(_tree.Links.Where(static link => Linux.LinkTarget(link.Path) != link.Target).Select(static link => $"{link.Path} leads elsewhere"))
            .Concat(LookupCheck.FindMissing(_lists, [_toolchain, _tree], [], visit).Select(static path => $"{path} is there now"));

    // A program in a folder of the command may have lost its execute permission; then another one is run.
    private static bool IsSame(in TreeFile file, KnownFile now) =>
        now is { Kind: FileKind.Regular, IsLink: false } && now.Digest.Digest == file.Digest && !IdlePrograms.IsPart(file.Path);

    private static string DescribeFile(in TreeFile file, InputVisit visit) => visit.File(file.Path).Kind switch
    {
        FileKind.Missing => $"{file.Path} is gone",
        FileKind.Regular when IdlePrograms.IsPart(file.Path) => $"{file.Path} may not be executed",
        FileKind.Regular when !visit.File(file.Path).IsLink => $"{file.Path} has other bytes",
        _ => $"{file.Path} is something else",
    };

    private string? DifferenceOfFiles(InputVisit visit)
    {
        foreach (ref readonly TreeFile file in _tree.Files.AsSpan())
        {
            if (!IsSame(file, visit.File(file.Path)))
            {
                return DescribeFile(file, visit);
            }
        }

        return null;
    }

    /// <summary>
    /// Compilers treat two files with the same bytes as one when they have the same mtime or inode. Which of the files are equal in that way must be
    /// unchanged; the mtimes themselves may differ.
    /// </summary>
    private string? DifferenceOfTwins(InputVisit visit)
    {
        if (HasPrecompiled(_tree))
        {
            return _tree.Files.Where(file => visit.File(file.Path).Digest.Modified != file.Modified)
                .Select(static file => $"{file.Path} has another time, and there is a precompiled header").FirstOrDefault();
        }

        foreach (TreeFile[] twins in _twins)
        {
            if (twins.Select(file => visit.File(file.Path).Digest).Select(static now => (now.Device, now.Inode)).Distinct().Count() != twins.Length)
            {
                return $"{twins[0].Path} and another with its bytes are one file now";
            }

            if (!AreAlikeAsBefore(twins.Select(file => (file.Modified, visit.File(file.Path).Digest.Modified))))
            {
                return $"{twins[0].Path} and another with its bytes have other times";
            }
        }

        // The toolchain's digest covers the mtimes of its own files.
        foreach ((TreeFile file, long[] times) in _twinsOfTools)
        {
            long now = visit.File(file.Path).Digest.Modified;
            if (Array.Exists(times, time => (time == file.Modified) != (time == now)))
            {
                return $"{file.Path} and a file of the compiler with its bytes have other times";
            }
        }

        return null;
    }

    private static bool AreAlikeAsBefore(IEnumerable<(long Before, long Now)> times)
    {
        var now = new Dictionary<long, long>();
        var before = new Dictionary<long, long>();
        foreach ((long then, long today) in times)
        {
            if (now.GetValueOrDefault(then, today) != today || before.GetValueOrDefault(today, then) != then)
            {
                return false;
            }

            now[then] = today;
            before[today] = then;
        }

        return true;
    }
}
