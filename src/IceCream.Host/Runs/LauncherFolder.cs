using System.Text;
using IceCream.Host.Compilers;
using IceCream.Jobs;

namespace IceCream.Host.Runs;

/// <summary>
/// The folder of links that stands first in a run's <c>PATH</c>. It is the same for every run with the same launcher and compilers: the search path is among what
/// a compile depends on, and a path by chance would make every run's compiles new ones.
/// </summary>
internal static class LauncherFolder
{
    /// <summary>The folder, filled.</summary>
    /// <param name="stateDirectory">Where it lies.</param>
    /// <param name="otherwise">A folder of this run alone, for where that cannot be.</param>
    /// <param name="launcher">The launcher's path.</param>
    /// <param name="names">The compilers' names.</param>
    public static string Fill(string stateDirectory, string otherwise, string launcher, IReadOnlyCollection<string> names)
    {
        string text = string.Join('\n', names.Distinct().Order(StringComparer.Ordinal).Prepend(launcher));
        string folder = Path.Combine(stateDirectory, "launchers", Digest.Of(Encoding.UTF8.GetBytes(text)).ToString()[..16]);
        if (!folder.Contains(':', StringComparison.Ordinal))
        {
            try
            {
                if (!Directory.Exists(folder))
                {
                    Put(folder, launcher, names);
                }

                MasqueradeFolder.Fill(folder, launcher, names);
                return folder;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The state directory is told of by who needs it; links can lie elsewhere.
            }
        }

        MasqueradeFolder.Fill(otherwise, launcher, names);
        return otherwise;
    }

    /// <summary>Makes the folder beside its place, whole before anybody sees it.</summary>
    private static void Put(string folder, string launcher, IReadOnlyCollection<string> names)
    {
        string temporary = $"{folder}.{Path.GetRandomFileName()}";
        MasqueradeFolder.Fill(temporary, launcher, names);
        try
        {
            Directory.Move(temporary, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another run was faster, and made the same.
            Directory.Delete(temporary, recursive: true);
        }
    }
}
