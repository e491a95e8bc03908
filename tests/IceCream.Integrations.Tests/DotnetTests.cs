using System.Text.Json;
using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>A project of somebody else's, built against the package and not against the sources.</summary>
public sealed class DotnetTests
{
    [Needs("dotnet", "gcc", "bwrap")]
    [Trait("Length", "Long")]
    public async Task A_console_project_compiles_on_a_farm_from_the_package()
    {
        using var build = new BuildFolder(withLauncher: false);
        string root = Path.GetFullPath(Path.Combine(Programs.Integrations, "..")), packages = Path.Combine(build.Path, "packages");

        // A version that no cache has seen: a package of an earlier run cannot stand in for this one.
        string version = $"0.1.0-test.{Guid.NewGuid():N}";
        // The build of these tests has run the analyzers already.
        await build.RunAsync(
            root, "dotnet", "pack", "src/IceCream.Core", "-c", "Release", "-o", packages, $"-p:Version={version}",
            "--artifacts-path", Path.Combine(build.Path, "pack"), "-p:RunAnalyzers=false", "-nodeReuse:false");
        Assert.True(File.Exists(Path.Combine(packages, $"IceCream.Core.{version}.snupkg")));

        string project = build.Copy("dotnet");
        await File.WriteAllTextAsync(Path.Combine(build.Path, "a.c"), "int answer(void) { return 42; }\n");
        try
        {
            string said = await build.RunAsync(
                project, "dotnet", "run", $"-p:IceCreamVersion={version}", $"-p:IceCreamPackages={packages}", "--", Path.Combine(build.Path, "a.c"));

            Assert.Contains("Remote, exit code 0", said, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(build.Path, "a.o")));
        }
        finally
        {
            foreach (string cached in CachedCopies(project, version))
            {
                Directory.Delete(cached, recursive: true);
            }
        }
    }

    /// <summary>Where the restore put the package, in the cache of whoever runs the tests.</summary>
    private static string[] CachedCopies(string project, string version)
    {
        string assets = Path.Combine(project, "obj", "project.assets.json");
        if (!File.Exists(assets))
        {
            return [];
        }

        using JsonDocument restored = JsonDocument.Parse(File.ReadAllBytes(assets));
        string[] folders = [.. restored.RootElement.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)];
        return [.. folders.Select(folder => Path.Combine(folder, "icecream.core", version)).Where(Directory.Exists)];
    }
}
