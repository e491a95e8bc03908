using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Inputs.Privacy;

/// <summary>
/// Decides which inputs of a job must not leave this machine. The scanner also collects includes inside <c>#if 0</c>, and a worker may claim that the
/// compile looks for any file. So privacy is checked here, as the last step, whatever the source of the request.
/// </summary>
internal sealed class PrivateFiles(PrivateRoots roots)
{
    /// <summary>Identifies the rules, for decisions that are remembered.</summary>
    public string Key => roots.Key;

    /// <summary>Why a job with these inputs cannot leave; null when it can.</summary>
    /// <param name="job">The job.</param>
    /// <param name="tree">Its inputs by real paths, and the links on the way to them.</param>
    /// <param name="further">The paths that a worker reported as looked up, as it spelled them.</param>
    public LocalOnlyReason? ReasonToStay(CompileJob job, FileTree tree, IReadOnlyCollection<string> further)
    {
        NamedPlaces? places = null;
        var paths = new RealPaths();
        HashSet<string> asked = [.. further.Select(path => paths.Walk(path, out _)?.Real ?? path)];
        foreach (TreeLink link in tree.Links)
        {
            if (roots.Find(link.Path) is { } root)
            {
                return Denied(link.Path, root);
            }
        }

        foreach (TreeFile file in tree.Files)
        {
            if (roots.Find(file.Path) is { } root)
            {
                return Denied(file.Path, root);
            }

            if (!IsForAll(file.Path) && !(places ??= new NamedPlaces(job, roots)).Hold(file.Path))
            {
                return Stays($"{file.Path} is not for others to read, and lies in no folder that the command names and in no version-controlled tree of its own");
            }

            if (asked.Contains(file.Path) && roots.IsInHome(file.Path) && !(places ??= new NamedPlaces(job, roots)).Hold(file.Path))
            {
                return Stays($"{file.Path} was asked for by a worker alone, and lies in a home, in no folder that the command names");
            }
        }

        return null;
    }

    /// <summary>Whether everyone may read the file. False when its status cannot be read.</summary>
    private static bool IsForAll(string path) => Linux.Stat(path, followLinks: false, out FileStatus status) == 0 && status.IsForAll;

    private static LocalOnlyReason Denied(string path, string root) =>
        Stays(path == root ? $"{path} is private (ICECREAM_PRIVATE_FILES)" : $"{path} lies in {root}, which is private (ICECREAM_PRIVATE_FILES)");

    private static LocalOnlyReason Stays(string why) => new(LocalOnlyKind.PrivateFile, why);
}
