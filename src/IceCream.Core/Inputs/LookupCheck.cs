using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.Digests;
using IceCream.FileSystem;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Inputs;

/// <summary>
/// Compares the failed lookups of a compile on a worker with this machine. A path that exists here was missing from the job, and the result may
/// differ from the one that the compile would have had here.
/// </summary>
internal static class LookupCheck
{
    /// <summary>The most missing paths that are reported: they are sent in the next attempt, which may then report more.</summary>
    private const int MostMissing = 2000;

    /// <summary>The absolute paths that exist here and did not exist on the worker.</summary>
    /// <param name="lists">The observed lookups.</param>
    /// <param name="sent">The trees that the worker had.</param>
    /// <param name="outputs">The outputs of the compile, which are ignored.</param>
    /// <param name="visit">Records everything that was compared.</param>
    /// <param name="programFolders">The folders of the job's <c>PATH</c>, as they stand there.</param>
    public static List<string> FindMissing(
        LookupLists lists, ReadOnlySpan<FileTree> sent, IEnumerable<JobOutput> outputs, InputVisit visit, params ReadOnlySpan<string> programFolders)
    {
        var missing = new List<string>();
        foreach (AbsentNames absent in lists.Absent)
        {
            Folder folder = visit.At(absent.Folder);
            foreach (string name in absent.Names)
            {
                if (Find(folder, name, visit) is { } path && !IsLauncher(path) && !IsBarredProgram(absent.Folder, name, programFolders) && missing.Count < MostMissing)
                {
                    missing.Add(path);
                }
            }
        }

        Dictionary<string, HashSet<string>> shown = NamesShown(lists.Listed, sent, outputs);
        foreach ((string listed, HashSet<string> known) in shown)
        {
            if (visit.At(listed).List(visit) is not { } names)
            {
                continue;
            }

            string prefix = listed == "/" ? "/" : listed + "/";
            missing.AddRange(names.Where(name => !known.Contains(name) && HarmlessLookups.ReasonToIgnoreInList(prefix + name) is null)
                .Take(MostMissing - missing.Count).Select(name => prefix + name));
        }

        return missing;
    }

    /// <summary>Whether a path leads to a launcher: the compile did not mean the launcher but the compiler behind it, which was sent.</summary>
    private static bool IsLauncher(string path) => CompilerNames.IsCompiler(Path.GetFileName(path))
        && new RealPaths().Walk(path, out FileStatus status) is { } walked && status.IsRegular && CompilerNames.IsWrapper(Path.GetFileName(walked.Real));

    /// <summary>
    /// Whether a name would be a program in a folder of <c>PATH</c> that this user may not search, such as one in another user's home. Whoever searches
    /// for a program goes on to the next folder then, as where the folder is missing.
    /// </summary>
    private static bool IsBarredProgram(string folder, string name, ReadOnlySpan<string> programFolders)
    {
        string path = folder.EndsWith('/') ? folder + name : $"{folder}/{name}";
        int slash = path.LastIndexOf('/');
        foreach (string searched in programFolders)
        {
            // A suffix may be a header's, and it is an error where a header may not be read.
            if (searched.AsSpan().TrimEnd('/').SequenceEqual(path.AsSpan(0, slash)))
            {
                return !path.AsSpan(slash).Contains('.') && Linux.Stat(path, followLinks: true, out _) == Linux.EACCES && IsBarredToGroups(path);
            }
        }

        return false;
    }

    /// <summary>
    /// Whether the folder that bars the way to a path is closed to this user whatever groups a process has: the command's may have others than the agent, which
    /// was started before a login, and find the program.
    /// </summary>
    private static bool IsBarredToGroups(string path)
    {
        for (int slash = path.LastIndexOf('/'); slash >= 0; slash = slash == 0 ? -1 : path.LastIndexOf('/', slash - 1))
        {
            if (Linux.Stat(slash == 0 ? "/" : path[..slash], followLinks: true, out FileStatus status) == 0)
            {
                return IsClosed(status, Linux.EffectiveUser());
            }
        }

        return false;
    }

    /// <summary>
    /// Whether no group lets a user search a folder. Its owner goes by the owner's bit alone; of others, the group's bit is off where no group may, by an access control
    /// list either. A folder that is open to all is not the one that bars the way: a link leads from it.
    /// </summary>
    internal static bool IsClosed(in FileStatus folder, uint user) =>
        (folder.Mode & (folder.Owner == user ? 0b001_000_000u : 0b000_001_001u)) == 0;

    /// <summary>The path of a name, or of several nested ones; null when it does not exist here.</summary>
    private static string? Find(Folder folder, string name, InputVisit visit)
    {
        string last = name;
        for (int slash; (slash = last.IndexOf('/', StringComparison.Ordinal)) >= 0; last = last[(slash + 1)..])
        {
            string first = last[..slash];
            string path = folder.Path + "/..";
            if (first != ".." && !IsHere(folder, first, visit, out path))
            {
                return null;
            }

            folder = first == ".." ? visit.At(path) : folder.Child(first);
            if (!folder.Exists(visit))
            {
                // A file is in the way. The kernel then reports ENOTDIR instead of ENOENT.
                return path;
            }
        }

        return last == ".." ? folder.Path + "/.." : IsHere(folder, last, visit, out string found) ? found : null;
    }

    private static bool IsHere(Folder folder, string name, InputVisit visit, out string path)
    {
        (NameState state, path) = folder.Look(name, visit);
        return state is not (NameState.Absent or NameState.PrecompiledAlone);
    }

    /// <summary>
    /// The names that the worker had in each of some folders, and may have made there. A worker may have listed tens of thousands of folders, or says so:
    /// each path is gone through once, whatever their number.
    /// </summary>
    private static Dictionary<string, HashSet<string>> NamesShown(ImmutableArray<string> folders, ReadOnlySpan<FileTree> sent, IEnumerable<JobOutput> outputs)
    {
        var shown = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (string folder in folders)
        {
            shown.TryAdd(folder, new HashSet<string>(StringComparer.Ordinal));
        }

        if (shown.Count == 0)
        {
            return shown;
        }

        // Nearly all folders of a path are of a length that no listed one has.
        bool[] lengths = new bool[shown.Keys.Max(static folder => folder.Length) + 1];
        foreach (string folder in shown.Keys)
        {
            lengths[folder == "/" ? 0 : folder.Length] = true;
        }

        var byFolder = shown.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (FileTree tree in sent)
        {
            foreach (string path in tree.Files.Select(static file => file.Path).Concat(tree.Links.Select(static link => link.Path)).Concat(tree.Directories))
            {
                for (int slash = path.StartsWith('/') ? 0 : -1; slash >= 0 && slash < lengths.Length;)
                {
                    int end = path.IndexOf('/', slash + 1);
                    if (lengths[slash] && byFolder.TryGetValue(path.AsSpan(0, Math.Max(slash, 1)), out HashSet<string>? names))
                    {
                        names.Add(end < 0 ? path[(slash + 1)..] : path[(slash + 1)..end]);
                    }

                    slash = end;
                }
            }
        }

        foreach (JobOutput output in outputs)
        {
            if (Path.GetDirectoryName(output.Path) is { } folder && shown.TryGetValue(folder, out HashSet<string>? names))
            {
                names.Add(Path.GetFileName(output.Path));
            }
        }

        return shown;
    }
}
