using System.Security.Cryptography;

namespace IceCream.Benchmarks.Identity;

/// <summary>Files by name, with what they hold and who may read them.</summary>
internal static class FolderComparison
{
    /// <summary>The names of files that are not the same in both folders, or in one of them only.</summary>
    /// <param name="one">A folder.</param>
    /// <param name="other">Another.</param>
    /// <param name="concerns">Whether a name matters.</param>
    public static IReadOnlyList<string> Differences(string one, string other, Func<string, bool> concerns)
    {
        Dictionary<string, string> first = Read(one, concerns), second = Read(other, concerns);
        return [.. first.Keys.Union(second.Keys).Where(name => first.GetValueOrDefault(name) != second.GetValueOrDefault(name)).Order(StringComparer.Ordinal)];
    }

    private static Dictionary<string, string> Read(string folder, Func<string, bool> concerns) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Where(concerns)
            .ToDictionary(static name => name, name => Describe(Path.Combine(folder, name)));

    private static string Describe(string path)
    {
        using FileStream file = File.OpenRead(path);
        return $"{Convert.ToHexString(SHA256.HashData(file))} {File.GetUnixFileMode(path)}";
    }
}
