using IceCream.Platform;

namespace IceCream.FileSystem;

/// <summary>
/// Symbolic links that lead another process elsewhere: to <c>/proc/self/cwd</c>, to <c>/dev/stdin</c>. What this process finds behind one is not what a compiler
/// would.
/// </summary>
internal static class ProcessLinks
{
    private const int MostInARow = 8;

    private static readonly string[] Places = ["/proc/", "/dev/fd/"];

    /// <summary>Whether a link, or one that it leads to, says so in its own text. Folders on the way are not looked at.</summary>
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
