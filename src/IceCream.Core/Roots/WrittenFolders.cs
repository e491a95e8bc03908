using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace IceCream.Roots;

/// <summary>
/// The folders that a job can write in: its output folders, and those of their subfolders that are not mounted read-only on top. Each additional
/// mount costs more than the one before, because bubblewrap reads the list of all mounts for each. So only the subfolders with most entries are
/// mounted; the others are created in the output folder itself, which costs a copy per file, and nothing for an empty folder.
/// </summary>
internal sealed class WrittenFolders
{
    /// <summary>The most subfolders of a job's output folders that are mounted from the root.</summary>
    public const int MostShown = 16;

    private readonly ImmutableArray<string> _outputFolders;
    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);

    /// <param name="layout">Contains the output folders too.</param>
    /// <param name="outputFolders">Sorted: each comes after those that contain it.</param>
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

    /// <summary>Subfolders of output folders that are mounted from the root, sorted. The job can only read them.</summary>
    public ImmutableArray<string> Shown { get; }

    /// <summary>The output folder in which a path must be created; null for a path that the job can only read.</summary>
    public string? OwnerOf(string path) =>
        path.LastIndexOf('/') is > 0 and int slash && _owners.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path.AsSpan(0, slash), out string? owner) ? owner : null;

    /// <summary>The number of files and links below each subfolder of an output folder, without those in a nested output folder.</summary>
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

    /// <summary>The innermost output folder that contains a path.</summary>
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

    /// <summary>The direct entry of an output folder that contains a path.</summary>
    private static ReadOnlySpan<char> Within(string owner, string path) =>
        path.IndexOf('/', owner.Length + 1) is > 0 and int slash ? path.AsSpan(0, slash) : path;
}
