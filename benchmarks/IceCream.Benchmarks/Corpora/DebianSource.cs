using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Corpora;

/// <summary>Source packages of Debian, fetched once.</summary>
internal static class DebianSource
{
    /// <summary>Where sources are kept between runs unless a folder is named.</summary>
    public static string DefaultCache => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "icecream-benchmarks");

    /// <summary>The folder of a package's sources below <paramref name="cache"/>; fetches them unless that was done before.</summary>
    /// <exception cref="UnfitException">They cannot be had.</exception>
    public static async Task<string> FetchAsync(string package, string cache, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(cache);
        if (Find(cache, package) is { } present)
        {
            return present;
        }

        // A fetch that is broken off leaves no half of a source folder behind.
        string arriving = Directory.CreateTempSubdirectory("icebench-source-").FullName;
        try
        {
            ToolAnswer answer = await Tool.AskAsync(["apt-get", "source", "-qq", package], cancellationToken, arriving);
            if (answer.ExitCode != 0 || Find(arriving, package) is not { } arrived)
            {
                throw new UnfitException(
                    $"'apt-get source {package}' did not bring the sources. It needs dpkg-dev and a deb-src line in APT's sources, then 'apt-get update':\n{answer.LastWords}");
            }

            string kept = Path.Combine(cache, Path.GetFileName(arrived));
            await Tool.RunAsync(["mv", arrived, kept], cancellationToken);
            return kept;
        }
        finally
        {
            Directory.Delete(arriving, recursive: true);
        }
    }

    private static string? Find(string folder, string package) => Directory.EnumerateDirectories(folder, $"{package}-*").FirstOrDefault();
}
