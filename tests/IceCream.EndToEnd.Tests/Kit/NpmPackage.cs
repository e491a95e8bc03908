namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>A package of npm's registry, fetched by npm into a folder of the test's own.</summary>
internal static class NpmPackage
{
    /// <summary>Fetches a package.</summary>
    /// <param name="space">Where it may lie.</param>
    /// <param name="name">Its name, with its version.</param>
    /// <returns>The folder of its files.</returns>
    public static async Task<string> FetchAsync(Workspace space, string name)
    {
        string folder = space.Folder("npm-" + name.Split('@')[0]);
        Ending ending = await Shell.RunAsync($"npm pack --silent '{name}' && tar xzf ./*.tgz", folder);
        Assert.True(ending.ExitCode == 0, ending.ToString());
        return Path.Combine(folder, "package");
    }
}
