using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Sandboxing;

namespace IceCream.Roots;

/// <summary>The contents of a job's root.</summary>
/// <param name="Toolchain">The compiler. Jobs with the same object reuse each other's root best.</param>
/// <param name="Inputs">The inputs.</param>
/// <param name="Outputs">The outputs.</param>
/// <param name="WorkingDirectory">Where it runs.</param>
/// <param name="Umask">The umask for the files that stand for existing outputs.</param>
internal sealed record RootContents(FileTree Toolchain, FileTree Inputs, ImmutableArray<JobOutput> Outputs, string WorkingDirectory, int Umask);

/// <summary>
/// What a job's root must contain, computed before anything is written: the part that no job can write, which can be kept for the next job, and the
/// contents of the folders that this job writes in.
/// </summary>
internal sealed class RootPlan
{
    /// <summary>The job's private temporary folder: not in <c>/tmp</c>, because sources may be there.</summary>
    public const string TemporaryFolder = "/.icecream-tmp";

    /// <summary>The most folders that a job writes in. Each is a mount, and is looked at for every file: a command with its sources in as many folders is compiled at home.</summary>
    private const int MostOutputFolders = 256;

    private const string PrecompiledEnd = ".pch", HeaderFolder = "/include/";

    private const uint Executable = 0b101_101_101, ReadOnly = 0b100_100_100, Rewritable = 0b110_100_100;

    private readonly Dictionary<string, RootEntry> _lasting;
    private readonly Dictionary<string, RootEntry> _own = new(StringComparer.Ordinal);
    private readonly WrittenFolders _written;

    /// <exception cref="InvalidDataException">The trees are inconsistent or contain paths outside the root, or the job writes in too many folders.</exception>
    public RootPlan(RootContents contents)
    {
        Layout = new TreeLayout(contents.Toolchain, contents.Inputs);
        Layout.AddFolder(contents.WorkingDirectory);
        Layout.AddFolder(TemporaryFolder);
        Layout.AddFolder("/proc");
        Layout.AddFolder("/dev");
        OutputFolders = FindOutputFolders(Layout, contents.Outputs);
        _written = new WrittenFolders(Layout, OutputFolders);

        _lasting = new(Layout.Folders.Count + Layout.Files.Count + Layout.Links.Count, StringComparer.Ordinal);
        foreach (string folder in Layout.Folders)
        {
            // Folders in output folders are in the root as well, so that it does not depend on the output folder.
            _lasting.Add(folder, RootEntry.Folder);
            if (_written.OwnerOf(folder) is not null)
            {
                _own.Add(folder, RootEntry.Folder);
            }
        }

        foreach ((string path, string target) in Layout.Links)
        {
            PartOf(path).Add(path, RootEntry.Link(target));
        }

        AddFiles(contents);
    }

    public TreeLayout Layout { get; }

    /// <summary>The folders that the job writes in, sorted: each comes after those that contain it.</summary>
    public ImmutableArray<string> OutputFolders { get; }

    /// <summary>Subfolders of the output folders that are mounted from the root on top of them, sorted.</summary>
    public ImmutableArray<string> Shown => _written.Shown;

    /// <summary>Everything that the job can only read, and all folders, by path.</summary>
    public IReadOnlyDictionary<string, RootEntry> Lasting => _lasting;

    /// <summary>The entries of each output folder, by their relative paths.</summary>
    public ILookup<string, (string Path, RootEntry Entry)> Own => _own
        .Select(own => (Owner: _written.OwnerOf(own.Key)!, Path: own.Key, Entry: own.Value))
        .ToLookup(own => own.Owner, own => (own.Path[own.Owner.Length..], own.Entry), StringComparer.Ordinal);

    /// <summary>The real path of a file that the compiler opens under some path: links among its folders are resolved, a final link is not.</summary>
    public static string PlaceOf(TreeLayout layout, string path)
    {
        int slash = path.LastIndexOf('/');
        string name = path[(slash + 1)..];
        return slash >= 0 && name is not ("" or "." or "..")
            ? TreeLayout.Join(layout.Resolve(path[..(slash + 1)]), name)
            : throw new InvalidDataException($"'{path}' names no file.");
    }

    private static ImmutableArray<string> FindOutputFolders(TreeLayout layout, ImmutableArray<JobOutput> outputs)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (JobOutput output in outputs)
        {
            string parent = TreeLayout.ParentOf(PlaceOf(layout, output.Path));
            if (parent == "/dev")
            {
                // For -o /dev/null: the sandbox's own device takes the output.
                continue;
            }

            bool isMemory = parent == SandboxCommand.SharedMemory || IsWithin(parent, SandboxCommand.SharedMemory);
            if (parent is "/" or "/proc" or TemporaryFolder || (IsWithin(parent, "/dev") && !isMemory) || IsWithin(parent, "/proc"))
            {
                throw new InvalidDataException($"No job may write in {parent}.");
            }

            layout.AddFolder(parent);
            if (found.Add(parent) && found.Count > MostOutputFolders)
            {
                throw new InvalidDataException($"The job writes in more than {MostOutputFolders} folders.");
            }
        }

        return [.. found];
    }

    private static bool IsWithin(string path, string folder) => path.StartsWith(folder + "/", StringComparison.Ordinal);

    private void AddFiles(RootContents contents)
    {
        HashSet<Digest> once = new(Layout.Files.Count), several = [];
        foreach (TreeFile file in Layout.Files)
        {
            if (!once.Add(file.Digest))
            {
                several.Add(file.Digest);
            }
        }

        bool comparesTimes = contents.Inputs.Files.Any(static file => file.Path.EndsWith(PrecompiledEnd, StringComparison.Ordinal));
        HashSet<string> inputs = comparesTimes ? [.. contents.Inputs.Files.Select(static file => file.Path)] : [];
        var copied = new Dictionary<string, TreeFile>(StringComparer.Ordinal);
        foreach (TreeFile file in Layout.Files)
        {
            // Compilers tell files with the same bytes apart by inode and mtime, so these need their own inode and mtime. In a folder that the job
            // can write, a file must never be a link to the store. A Clang precompiled header contains the mtimes of all headers that went into it,
            // so headers need their own mtime then.
            if (several.Contains(file.Digest) || PartOf(file.Path) == _own || (comparesTimes && IsHeader(file.Path, inputs)))
            {
                copied.Add(file.Path, file);
            }
            else
            {
                _lasting.Add(file.Path, RootEntry.Blob(file.Digest));
            }
        }

        foreach (TreeFile tool in contents.Toolchain.Files)
        {
            if (copied.Remove(tool.Path, out TreeFile file))
            {
                PartOf(file.Path).Add(file.Path, RootEntry.Copy(file, Executable));
            }
        }

        var rewritten = contents.Outputs.Select(output => PlaceOf(Layout, output.Path)).ToHashSet(StringComparer.Ordinal);
        foreach (TreeFile file in copied.Values)
        {
            PartOf(file.Path).Add(file.Path, RootEntry.Copy(file, rewritten.Contains(file.Path) ? Rewritable : ReadOnly));
        }
    }

    /// <summary>Whether a precompiled header may contain a file: an input, or a header of the compiler's own.</summary>
    private static bool IsHeader(string path, HashSet<string> inputs) =>
        inputs.Contains(path) ? !path.EndsWith(PrecompiledEnd, StringComparison.Ordinal) : path.Contains(HeaderFolder, StringComparison.Ordinal);

    private Dictionary<string, RootEntry> PartOf(string path) => _written.OwnerOf(path) is null ? _lasting : _own;
}
