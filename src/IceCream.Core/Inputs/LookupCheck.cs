using IceCream.CommandLine;
using IceCream.Digests;
using IceCream.FileSystem;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Inputs;

/// <summary>
/// Compares what a compile looked for in vain on a worker with what is here. Whatever it would have found here is missing from what it was sent,
/// and its result may be another than the one that it would have had here.
/// </summary>
internal static class LookupCheck
{
    /// <summary>So many missing things are told at most: they are to be sent, and then there may be more.</summary>
    private const int MostMissing = 2000;

    /// <summary>The absolute paths that exist here and were not there.</summary>
    /// <param name="lists">What was looked for.</param>
    /// <param name="sent">The trees that the worker had.</param>
    /// <param name="outputs">What the compile was to write: of no concern.</param>
    /// <param name="visit">Is told of all that was compared.</param>
    public static List<string> FindMissing(LookupLists lists, ReadOnlySpan<FileTree> sent, IEnumerable<JobOutput> outputs, InputVisit visit)
    {
        var missing = new List<string>();
        foreach (AbsentNames absent in lists.Absent)
        {
            Folder folder = visit.At(absent.Folder);
            foreach (string name in absent.Names)
            {
                if (Find(folder, name, visit) is { } path && !IsLauncher(path) && missing.Count < MostMissing)
                {
                    missing.Add(path);
                }
            }
        }

        foreach (string listed in lists.Listed)
        {
            if (visit.At(listed).List(visit) is not { } names)
            {
                continue;
            }

            HashSet<string> shown = NamesShown(listed, sent);
            shown.UnionWith(outputs.Where(output => Path.GetDirectoryName(output.Path) == listed).Select(static output => Path.GetFileName(output.Path)));
            string prefix = listed == "/" ? "/" : listed + "/";
            missing.AddRange(names.Where(name => !shown.Contains(name) && HarmlessLookups.ReasonToIgnoreInList(prefix + name) is null)
                .Take(MostMissing - missing.Count).Select(name => prefix + name));
        }

        return missing;
    }

    /// <summary>Whether a path leads to a launcher: no compiler is meant by it, but the one behind it, and that is what was sent.</summary>
    private static bool IsLauncher(string path) => CompilerNames.IsCompiler(Path.GetFileName(path))
        && new RealPaths().Walk(path, out FileStatus status) is { } walked && status.IsRegular && CompilerNames.IsWrapper(Path.GetFileName(walked.Real));

    /// <summary>The path of a name, or of several below one another; null when it is not here.</summary>
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
                // A file stands in the way, and then the kernel does not say that nothing is there, but that this is no folder.
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

    /// <summary>What the worker had in a folder.</summary>
    private static HashSet<string> NamesShown(string folder, ReadOnlySpan<FileTree> sent)
    {
        string prefix = folder == "/" ? "/" : folder + "/";
        var shown = new HashSet<string>(StringComparer.Ordinal);
        foreach (FileTree tree in sent)
        {
            foreach (string path in tree.Files.Select(static file => file.Path).Concat(tree.Links.Select(static link => link.Path)).Concat(tree.Directories))
            {
                if (path.StartsWith(prefix, StringComparison.Ordinal))
                {
                    int end = path.IndexOf('/', prefix.Length);
                    shown.Add(end < 0 ? path[prefix.Length..] : path[prefix.Length..end]);
                }
            }
        }

        return shown;
    }
}
