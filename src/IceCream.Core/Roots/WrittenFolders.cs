using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace IceCream.Roots;

/// <summary>
/// The folders in which a job can write: its output folders, and those in them that are not shown read-only on top. Each that is shown is
/// a mount, and each mount is dearer than the one before, for bubblewrap reads the list of all mounts for every one. So few are shown, those
/// that hold most; the others are made in the output folder itself, which costs a copy for each file, and nothing where there is none.
/// </summary>
internal sealed class WrittenFolders
{
    /// <summary>How many folders in the output folders of one job are shown from the root.</summary>
    public const int MostShown = 16;

    private readonly ImmutableArray<string> _outputFolders;
    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);

    /// <param name="layout">Holds the output folders too.</param>
    /// <param name="outputFolders">Sorted: each comes after those that it lies in.</param>
    public WrittenFolders(TreeLayout layout, ImmutableArray<string> outputFolders)
    {
        _outputFolders = outputFolders;
        HashSet<string> shown = [.. Held(layout).OrderByDescending(held => held.Value).ThenBy(held => held.Key, StringComparer.Ordinal).Take(MostShown).Select(held => held.Key)];
        Shown = [.. shown.Order(StringComparer.Ordinal)];
        foreach (string folder in outputFolders)
        {
            _owners.Add(folder, folder);
        }

        foreach (string folder in layout.Folders)
        {
            if (Around(folder) is { } owner && !shown.Contains(Within(owner, folder).ToString()))
            {
                _owners.TryAdd(folder, owner);
            }
        }
    }

    /// <summary>Folders in output folders that are shown from the root, sorted. The job can read them only.</summary>
    public ImmutableArray<string> Shown { get; }

    /// <summary>The output folder in which something is to be made; null for what the job can only read.</summary>
    public string? OwnerOf(string path) =>
        path.LastIndexOf('/') is > 0 and int slash && _owners.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path.AsSpan(0, slash), out string? owner) ? owner : null;

    /// <summary>How many files and links lie below each folder in an output folder, without those of an output folder further down.</summary>
    private Dictionary<string, int> Held(TreeLayout layout)
    {
        var held = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string path in layout.Files.Select(file => file.Path).Concat(layout.Links.Keys))
        {
            if (Around(path) is { } owner && Within(owner, path) is var folder && folder.Length < path.Length)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(held.GetAlternateLookup<ReadOnlySpan<char>>(), folder, out _)++;
            }
        }

        return held;
    }

    /// <summary>The innermost output folder around a path.</summary>
    private string? Around(string path)
    {
        for (int i = _outputFolders.Length - 1; i >= 0; i--)
        {
            string folder = _outputFolders[i];
            if (path.Length > folder.Length && path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal))
            {
                return folder;
            }
        }

        return null;
    }

    /// <summary>What lies directly in an output folder, on the way to a path.</summary>
    private static ReadOnlySpan<char> Within(string owner, string path) =>
        path.IndexOf('/', owner.Length + 1) is > 0 and int slash ? path.AsSpan(0, slash) : path;
}
