using System.Collections.Immutable;
using IceCream.Digests;
using IceCream.FileSystem;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Inputs;

/// <summary>
/// The inputs of a command when it was last compiled, and everything that they depend on: the files, and the folders in which names were looked up,
/// successfully or not. Thread-safe.
/// </summary>
internal sealed class Manifest
{
    private readonly KnownFile[] _files;
    private readonly int _inputs;
    private readonly Folder[] _folders, _directories;
    private readonly Lock _guard = new();
    private readonly WeakReference<FileTree> _tree;
    private long _stamp;

    /// <param name="stage">How the inputs were found.</param>
    /// <param name="doubt">Why the scanner did not find them.</param>
    /// <param name="files">The inputs, then the other paths that were looked at.</param>
    /// <param name="inputs">How many of them are inputs.</param>
    /// <param name="folders">The folders in which names were looked up.</param>
    /// <param name="directories">Folders that must exist where they exist here.</param>
    /// <param name="stamp">The number of a change after which none of this has changed.</param>
    /// <param name="tree">The tree of the inputs; null when it is not in memory.</param>
    public Manifest(InputStage stage, string? doubt, KnownFile[] files, int inputs, Folder[] folders, Folder[] directories, long stamp, FileTree? tree)
    {
        (Stage, Doubt, _files, _inputs, _folders, _directories, _stamp) = (stage, doubt, files, inputs, folders, directories, stamp);
        _tree = new WeakReference<FileTree>(tree!);
    }

    /// <summary>How the inputs were found.</summary>
    public InputStage Stage { get; }

    /// <summary>Why the scanner did not find them; null when it did.</summary>
    public string? Doubt { get; }

    /// <summary>How often in a row the scanner was skipped because of the doubt.</summary>
    public int PassedOver { get; init; }

    /// <summary>The digest of the lookups that a worker observed; null when none has been observed yet.</summary>
    public Digest? Lookups { get; init; }

    /// <summary>The variables that the command was observed to query and that no compiler is known to use.</summary>
    public ImmutableArray<string> Variables { get; init; } = [];

    /// <summary>Why the command cannot leave, as observed on a worker; null while it can.</summary>
    public LocalOnlyReason? Stays { get; init; }

    /// <summary>Inputs that a worker reported as missing and that no other way has found.</summary>
    public ImmutableArray<string> Further { get; init; } = [];

    /// <summary>Whether a worker has reported some of <see cref="Further"/> since the inputs were found: then they must be found anew.</summary>
    public bool IsIncomplete { get; init; }

    /// <summary>About how many references it holds.</summary>
    public int Size => _files.Length + _folders.Length + _directories.Length + 20;

    public ReadOnlySpan<KnownFile> Files => _files;

    public int Inputs => _inputs;

    public ReadOnlySpan<Folder> Folders => _folders;

    public ReadOnlySpan<Folder> Directories => _directories;

    public long Stamp => Volatile.Read(ref _stamp);

    /// <summary>Creates a manifest from a visit; null when something changed meanwhile.</summary>
    /// <param name="found">The collected inputs.</param>
    /// <param name="tree">The same inputs by digest.</param>
    /// <param name="workingDirectory">The job's working directory.</param>
    /// <param name="visit">The visit, which has recorded everything that the inputs depend on.</param>
    /// <param name="lookups">The lookups that a worker observed.</param>
    /// <param name="stays">Why the command cannot leave; null when it can.</param>
    /// <param name="missing">Paths that must be among the inputs the next time.</param>
    public static Manifest? Of(
        CollectedInputs found, FileTree tree, string workingDirectory, InputVisit visit, LookupLists? lookups = null, LocalOnlyReason? stays = null, ImmutableArray<string> missing = default)
    {
        KnownFile[] inputs = [.. found.Files.Select(file => visit.File(Path.Combine(workingDirectory, file))).Distinct()];
        Folder[] directories = [.. found.Directories.Select(directory => visit.At(Path.Combine(workingDirectory, directory)))];
        foreach (Folder directory in directories)
        {
            directory.Exists(visit);
        }

        foreach (TreeLink link in tree.Links)
        {
            visit.File(link.Path);
        }

        return visit.Stamp() is { } stamp
            ? new Manifest(found.Stage, found.Doubt, [.. inputs, .. visit.Files.Except(inputs)], inputs.Length, [.. visit.Folders], directories, stamp, tree)
            {
                PassedOver = found.PassedOver,
                Further = missing.IsDefaultOrEmpty ? found.Further : [.. found.Further.Union(missing, StringComparer.Ordinal)],
                IsIncomplete = !missing.IsDefaultOrEmpty,
                Lookups = lookups is null ? null : LookupsCodec.DigestOf(lookups),
                Variables = lookups?.Variables ?? [],
                Stays = stays,
            } : null;
    }

    /// <summary>The inputs, as the same object as before when nothing has changed; null when they must be found anew.</summary>
    /// <param name="memory">The state of files and folders.</param>
    /// <param name="visit">The job's visit.</param>
    /// <param name="renewed">Whether the result is another object than before.</param>
    public FileTree? Recall(InputMemory memory, InputVisit visit, out bool renewed)
    {
        renewed = false;
        long stamp = Stamp;
        foreach (Folder folder in _folders)
        {
            folder.Refresh(visit);
            if (folder.ChangedAt > stamp)
            {
                return null;
            }
        }

        bool changed = false;
        foreach (KnownFile file in _files)
        {
            file.Look(visit);
            changed |= file.ChangedAt > stamp;
            if (changed && (Stage == InputStage.Scanner ? file.RedirectedAt : file.RewrittenAt) > stamp)
            {
                return null;
            }
        }

        _tree.TryGetTarget(out FileTree? tree);
        if (tree is not null && !changed)
        {
            return tree;
        }

        FileTree? now = Renew(memory, tree);
        renewed = now is not null && now != (object?)tree;
        return now;
    }

    /// <summary>Whether it was valid when its files and folders were last checked.</summary>
    public bool HeldLately()
    {
        long stamp = Stamp;
        return Array.TrueForAll(_files, file => file.ChangedAt <= stamp) && Array.TrueForAll(_folders, folder => folder.ChangedAt <= stamp);
    }

    /// <summary>One of its files that has become a pipe, a socket or a device; null when there is none.</summary>
    public string? FindSpecial(InputVisit visit)
    {
        foreach (KnownFile file in _files)
        {
            file.Look(visit);
            if (file.Kind == FileKind.Special)
            {
                return file.Path;
            }
        }

        return null;
    }

    /// <summary>Makes a visit record the folders in which names were looked up.</summary>
    public void Note(InputVisit visit)
    {
        foreach (Folder folder in _folders)
        {
            folder.Exists(visit);
        }
    }

    /// <summary>The inputs as they were found when the manifest was created.</summary>
    public CollectedInputs ToInputs() => new(
        [.. _files.AsSpan(0, _inputs).ToArray().Select(static file => file.Path)], [.. _directories.Select(static directory => directory.Path)])
    {
        Stage = Stage,
        Doubt = Doubt,
    };

    /// <summary>Makes a tree of files, with their digests.</summary>
    /// <param name="files">The files.</param>
    /// <param name="directories">Absolute.</param>
    /// <param name="digests">Digests files that are only known through links.</param>
    /// <param name="reasonToStay">Why there is no tree; null when there is one.</param>
    /// <param name="hardLinked">Whether two of the files are the same inode; then no other list of files would help.</param>
    public static FileTree? Gather(
        ReadOnlySpan<KnownFile> files, IEnumerable<string> directories, IFileDigests digests, out LocalOnlyReason? reasonToStay, out bool hardLinked)
    {
        hardLinked = false;
        var gathered = new FileTreeCollector(digests);
        foreach (KnownFile file in files)
        {
            if (!(file is { IsLink: false, Kind: FileKind.Regular } ? gathered.Add(file.Path, file.Digest) : gathered.Add(file.Path, "/")))
            {
                reasonToStay = new LocalOnlyReason(LocalOnlyKind.Inputs, $"{file.Path} cannot be read");
                return null;
            }
        }

        foreach (string directory in directories)
        {
            // Search folders often do not exist; then they must not exist on the worker either.
            gathered.AddDirectory(directory, "/");
        }

        hardLinked = gathered.HardLinked is not null;
        reasonToStay = gathered.HardLinked is { } twins ? new LocalOnlyReason(LocalOnlyKind.Inputs, twins) : null;
        return hardLinked ? null : gathered.ToTree();
    }

    private FileTree? Renew(InputMemory memory, FileTree? last)
    {
        lock (_guard)
        {
            long stamp = memory.LatestChange;
            FileTree? tree = Gather(_files.AsSpan(0, _inputs), _directories.Select(static directory => directory.Path), memory.Digests, out _, out _);
            if (tree is null || _files.Any(file => file.ChangedAt > stamp) || _folders.Any(folder => folder.ChangedAt > stamp))
            {
                return null;
            }

            // Each file may be a link, as in Bazel's folders and in those of Nix.
            HashSet<string> watched = tree.Links.IsEmpty ? [] : [.. _files.Select(static file => file.Path)];
            if (tree.Links.Any(link => !watched.Contains(link.Path)))
            {
                return null;
            }

            // Jobs that came at the same time get the same object, and so does a job that knows the last one.
            tree = _tree.TryGetTarget(out FileTree? current) && AreSame(current, tree) ? current : last is not null && AreSame(last, tree) ? last : tree;
            _tree.SetTarget(tree);
            Volatile.Write(ref _stamp, stamp);
            return tree;
        }
    }

    private static bool AreSame(FileTree left, FileTree right) =>
        left.Files.AsSpan().SequenceEqual(right.Files.AsSpan()) && left.Links.AsSpan().SequenceEqual(right.Links.AsSpan())
        && left.Directories.AsSpan().SequenceEqual(right.Directories.AsSpan());
}
