using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Inputs.Privacy;

/// <summary>
/// Says of the inputs of a job which of them must not leave this machine. A scanner takes for an input what stands behind an <c>#if 0</c>, and a
/// worker may say of any file that the compile looks for it: so what is private is decided here, last, and whoever asked.
/// </summary>
internal sealed class PrivateFiles(PrivateRoots roots)
{
    /// <summary>Names what is denied, for what is remembered of earlier decisions.</summary>
    public string Key => roots.Key;

    /// <summary>Why a job with these inputs cannot leave, as a sentence without its full stop; null when it can.</summary>
    /// <param name="job">The job.</param>
    /// <param name="tree">Its inputs, by real paths, and the links on the way to them.</param>
    /// <param name="further">What a worker said that the compile looks for, as it spelt it.</param>
    public string? FindObjection(CompileJob job, FileTree tree, IReadOnlyCollection<string> further)
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
                return $"{file.Path} is not for others to read, and lies in no folder that the command names and in no version-controlled tree of its own";
            }

            if (asked.Contains(file.Path) && roots.IsInHome(file.Path) && !(places ??= new NamedPlaces(job, roots)).Hold(file.Path))
            {
                return $"{file.Path} was asked for by a worker alone, and lies in a home, in no folder that the command names";
            }
        }

        return null;
    }

    /// <summary>What cannot be asked about is somebody's own.</summary>
    private static bool IsForAll(string path) => Linux.Stat(path, followLinks: false, out FileStatus status) == 0 && status.IsForAll;

    private static string Denied(string path, string root) =>
        path == root ? $"{path} is private (ICECREAM_PRIVATE_FILES)" : $"{path} lies in {root}, which is private (ICECREAM_PRIVATE_FILES)";
}
