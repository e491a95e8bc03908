using System.Collections.Frozen;
using System.Security.Cryptography;

namespace IceCream.Host.Dashboard;

/// <summary>A file of the page.</summary>
/// <param name="Bytes">What is in it.</param>
/// <param name="Type">Its media type.</param>
/// <param name="Tag">Differs when the bytes do.</param>
internal sealed record DashboardAsset(byte[] Bytes, string Type, string Tag);

/// <summary>The files of the page: all lie in this binary, and none is fetched from elsewhere.</summary>
internal static class DashboardAssets
{
    private const string Prefix = "dashboard/";

    /// <summary>The files by the path at which they are asked for.</summary>
    public static FrozenDictionary<string, DashboardAsset> All { get; } = Load();

    private static FrozenDictionary<string, DashboardAsset> Load()
    {
        var assets = new Dictionary<string, DashboardAsset>(StringComparer.Ordinal);
        foreach (string name in typeof(DashboardAssets).Assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using Stream stream = typeof(DashboardAssets).Assembly.GetManifestResourceStream(name)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            assets["/" + name[Prefix.Length..]] = new DashboardAsset(bytes, TypeOf(name), $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"");
        }

        assets["/"] = assets["/index.html"];
        return assets.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
}
