using System.Text;
using IceCream.Host.Compilers;
using IceCream.Jobs;

namespace IceCream.Host.Runs;

/// <summary>
/// The masquerade folder that comes first in a run's <c>PATH</c>. Its path is the same for every run with the same launcher and compilers: <c>PATH</c> is part of a
/// compile's cache key, so a random path would make every run miss the cache.
/// </summary>
internal static class LauncherFolder
{
    /// <summary>Fills the folder and returns its path.</summary>
    /// <param name="stateDirectory">The parent of the folder.</param>
    /// <param name="otherwise">A folder of this run alone, used if that fails.</param>
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
                // Other code that needs the state directory reports its fault; links can be elsewhere.
            }
        }

        MasqueradeFolder.Fill(otherwise, launcher, names);
        return otherwise;
    }

    /// <summary>Creates the folder and renames it, so that no other run sees it incomplete.</summary>
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
            // Another run has created the same folder first.
            Directory.Delete(temporary, recursive: true);
        }
    }
}
