using IceCream.Platform;

namespace IceCream.FileSystem;

/// <summary>
/// Detects symbolic links whose target depends on the process, such as <c>/proc/self/cwd</c> and <c>/dev/stdin</c>. This process does not see behind
/// one what a compiler would.
/// </summary>
internal static class ProcessLinks
{
    private const int MostInARow = 8;

    private static readonly string[] Places = ["/proc/", "/dev/fd/"];

    /// <summary>Whether the text of a link, or of a link that it leads to, names such a place. The folders of the path are not checked.</summary>
    public static bool IsOne(string link)
    {
        for (int i = 0; i < MostInARow && Linux.LinkTarget(link) is { } target; i++)
        {
            if (Array.Exists(Places, place => target.StartsWith(place, StringComparison.Ordinal)))
            {
                return true;
            }

            link = Path.Combine(Path.GetDirectoryName(link) ?? "/", target);
        }

        return false;
    }
}
