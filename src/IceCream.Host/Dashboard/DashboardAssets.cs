using System.Collections.Frozen;
using System.Security.Cryptography;

namespace IceCream.Host.Dashboard;

/// <summary>A file of the dashboard's page.</summary>
/// <param name="Bytes">The content.</param>
/// <param name="Type">The media type.</param>
/// <param name="Tag">The ETag, which changes with the content.</param>
internal sealed record DashboardAsset(byte[] Bytes, string Type, string Tag);

/// <summary>The files of the page: all are embedded in this binary, none is fetched from elsewhere.</summary>
internal static class DashboardAssets
{
    private const string Prefix = "dashboard/";

    /// <summary>The files by request path.</summary>
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
