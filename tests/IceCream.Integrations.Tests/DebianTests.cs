using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>The Debian packages: made, looked over, installed on a bare system, used, and purged.</summary>
[Trait("Length", "Long")]
public sealed class DebianTests(PublishedPrograms programs) : IClassFixture<PublishedPrograms>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(40);

    [Needs("dpkg-shlibdeps", "lintian", "cc")]
    public async Task Lintian_has_no_error_to_tell()
    {
        using var build = new BuildFolder(withLauncher: false);
        string[] packages = Directory.GetFiles(await programs.PackagesAsync(), "*.deb");
        Assert.Equal(2, packages.Length);
        await build.RunAsync(build.Path, "lintian", ["--fail-on", "error", "--allow-root", .. packages]);
    }

    [Needs("dpkg-shlibdeps", "cc", "git")]
    public async Task The_same_sources_give_the_same_bytes_in_two_folders()
    {
        using var build = new BuildFolder(withLauncher: false) { Patience = Patience };
        string[] clones = [Path.Combine(build.Path, "one"), Path.Combine(build.Path, "another/and/deeper")];
        foreach (string clone in clones)
        {
            await build.RunAsync(build.Path, "git", "clone", "-q", Programs.Root, clone);
            await build.RunAsync(clone, "./ice", "package", Path.Combine(clone, "debs"));
        }

        string[] first = [.. Directory.GetFiles(Path.Combine(clones[0], "debs")).Order(StringComparer.Ordinal)];
        Assert.Equal(2, first.Length);
        Assert.All(first, file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(clones[1], "debs", Path.GetFileName(file)))));
    }

    [Needs("dpkg-shlibdeps", "mmdebstrap", "ip", "unshare", "nsenter")]
    public async Task A_bare_system_installs_them_builds_on_a_farm_and_has_no_trace_of_them_afterwards()
    {
        using var build = new BuildFolder(withLauncher: false) { Patience = Patience };
        string said = await build.RunAsync(build.Path, Path.Combine(Programs.Integrations, "debian/try"), await programs.PackagesAsync());
        Assert.Contains("try: no trace", said, StringComparison.Ordinal);
    }

    [Needs("dpkg-shlibdeps", "mmdebstrap", "ip", "buildah", "podman", "runc")]
    public async Task Three_containers_are_a_farm_on_each_rung_of_proc()
    {
        using var build = new BuildFolder(withLauncher: false) { Patience = Patience };
        string said = await build.RunAsync(build.Path, Path.Combine(Programs.Integrations, "containers/try"), await programs.PackagesAsync());
        Assert.Contains("try: all is well", said, StringComparison.Ordinal);
    }
}
