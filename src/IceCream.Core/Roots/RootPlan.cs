using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Sandboxing;

namespace IceCream.Roots;

/// <summary>What a job's root is made of.</summary>
/// <param name="Toolchain">The compiler. Jobs that hand in the same object are best served by the same root.</param>
/// <param name="Inputs">What it reads.</param>
/// <param name="Outputs">What it may write.</param>
/// <param name="WorkingDirectory">Where it runs.</param>
/// <param name="Umask">The mask for files that stand for outputs which exist already.</param>
internal sealed record RootContents(FileTree Toolchain, FileTree Inputs, ImmutableArray<JobOutput> Outputs, string WorkingDirectory, int Umask);

/// <summary>
/// What a job's root must hold, thought through before anything is on disk: the part that no job can write, which may therefore be left
/// for the next job, and what lies in the folders that this job writes in.
/// </summary>
internal sealed class RootPlan
{
    /// <summary>Where a job finds its private temporary folder: not in <c>/tmp</c>, for sources may lie there.</summary>
    public const string TemporaryFolder = "/.icecream-tmp";

    private const string PrecompiledEnd = ".pch", HeaderFolder = "/include/";

    private const uint Executable = 0b101_101_101, ReadOnly = 0b100_100_100, Rewritable = 0b110_100_100;

    private readonly Dictionary<string, RootEntry> _lasting;
    private readonly Dictionary<string, RootEntry> _own = new(StringComparer.Ordinal);
    private readonly WrittenFolders _written;

    /// <exception cref="InvalidDataException">The trees contradict one another, or reach outside.</exception>
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
            // Folders of the job's own lie in the root as well, so that it does not change with the folder that is written in.
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

    /// <summary>The folders that the job writes in, sorted: each comes after those that it lies in.</summary>
    public ImmutableArray<string> OutputFolders { get; }

    /// <summary>Folders in the output folders that are shown from the root on top of them, sorted.</summary>
    public ImmutableArray<string> Shown => _written.Shown;

    /// <summary>What the job can only read, by path, and every folder.</summary>
    public IReadOnlyDictionary<string, RootEntry> Lasting => _lasting;

    /// <summary>What is made in each output folder, by its path from there.</summary>
    public ILookup<string, (string Path, RootEntry Entry)> Own => _own
        .Select(own => (Owner: _written.OwnerOf(own.Key)!, Path: own.Key, Entry: own.Value))
        .ToLookup(own => own.Owner, own => (own.Path[own.Owner.Length..], own.Entry), StringComparer.Ordinal);

    /// <summary>The real path of a file that the compiler opens under some path: links among its folders followed, not itself.</summary>
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
                // -o /dev/null: the device of the sandbox takes it.
                continue;
            }

            bool isMemory = parent == SandboxCommand.SharedMemory || IsWithin(parent, SandboxCommand.SharedMemory);
            if (parent is "/" or "/proc" or TemporaryFolder || (IsWithin(parent, "/dev") && !isMemory) || IsWithin(parent, "/proc"))
            {
                throw new InvalidDataException($"No job may write in {parent}.");
            }

            layout.AddFolder(parent);
            found.Add(parent);
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
            // Compilers tell files with the same bytes apart by inode and time, so these need an inode and a time of their own. And what
            // lies where the job can write must never be the store's own file. A precompiled header of Clang's holds the times of all headers
            // that went into it.
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

    /// <summary>Whether a precompiled header may have been made of a file: an input, or a header of the compiler's own.</summary>
    private static bool IsHeader(string path, HashSet<string> inputs) =>
        inputs.Contains(path) ? !path.EndsWith(PrecompiledEnd, StringComparison.Ordinal) : path.Contains(HeaderFolder, StringComparison.Ordinal);

    private Dictionary<string, RootEntry> PartOf(string path) => _written.OwnerOf(path) is null ? _lasting : _own;
}
