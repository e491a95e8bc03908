namespace IceCream.Integrations.Tests;

/// <summary>
/// Native programs and the Debian packages made of them, once for the tests of a class: those of the folder that <c>ICECREAM_BIN</c> names, or published here,
/// which takes minutes.
/// </summary>
public sealed class PublishedPrograms : IDisposable
{
    private readonly Lazy<Task<string>> _programs, _packages;
    private readonly BuildFolder _build = new(withLauncher: false) { Patience = TimeSpan.FromMinutes(30) };

    public PublishedPrograms()
    {
        _programs = new Lazy<Task<string>>(PublishAsync);
        _packages = new Lazy<Task<string>>(PackageAsync);
    }

    /// <summary>The folder with <c>icehost</c> and <c>icelaunch</c>.</summary>
    public Task<string> FolderAsync() => _programs.Value;

    /// <summary>The folder with the packages.</summary>
    public Task<string> PackagesAsync() => _packages.Value;

    public void Dispose() => _build.Dispose();

    private async Task<string> PublishAsync()
    {
        if (Environment.GetEnvironmentVariable("ICECREAM_BIN") is { Length: > 0 } given && File.Exists(Path.Combine(given, "icehost")) && !File.Exists(Path.Combine(given, "icehost.dll")))
        {
            return Path.GetFullPath(given);
        }

        string folder = Path.Combine(_build.Path, "programs");
        await _build.RunAsync(Programs.Root, "./ice", "publish", folder);
        return folder;
    }

    private async Task<string> PackageAsync()
    {
        string folder = Path.Combine(_build.Path, "debs");
        await _build.RunAsync(Programs.Root, "integrations/debian/build", await FolderAsync(), folder);
        return folder;
    }
}
