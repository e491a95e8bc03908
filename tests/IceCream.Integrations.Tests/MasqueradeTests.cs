using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>The script that makes links named after compilers.</summary>
public sealed class MasqueradeTests
{
    private static readonly string Script = Path.Combine(Programs.Integrations, "masquerade", "icecream-masquerade");

    [Needs("gcc", "g++")]
    public async Task A_build_that_knows_nothing_compiles_through_the_links()
    {
        using var build = new BuildFolder();
        await build.RunAsync(build.Path, Script, "links");
        build.FirstOnPath.Add(Path.Combine(build.Path, "links"));
        await File.WriteAllTextAsync(Path.Combine(build.Path, "one.c"), "int one(void) { return 1; }\n");
        await File.WriteAllTextAsync(Path.Combine(build.Path, "main.cpp"), "extern \"C\" int one();\nint main() { return one() - 1; }\n");
        await build.RunAsync(build.Path, "sh", "-c", "gcc -c one.c -o one.o && g++ -c main.cpp -o main.o && g++ main.o one.o -o main && ./main");
        build.ExpectCompiled("one.c", "main.cpp");
        Assert.Equal(3, build.Launched.Length);
    }

    /// <summary>Who exports CDPATH has each <c>cd</c> of a script look there first, and say on standard output where it went.</summary>
    [Fact]
    public async Task A_folder_of_the_same_name_in_CDPATH_is_not_the_one_that_is_filled()
    {
        using var build = new BuildFolder();
        string elsewhere = Directory.CreateDirectory(Path.Combine(build.Path, "elsewhere")).FullName, tools = Directory.CreateDirectory(Path.Combine(build.Path, "tools")).FullName;
        Directory.CreateDirectory(Path.Combine(elsewhere, "links"));
        File.Copy("/bin/true", Path.Combine(tools, "icetest-gcc"));
        build.FirstOnPath.Add(tools);
        build.Environment["CDPATH"] = elsewhere;
        await build.RunAsync(build.Path, Script, "links");
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(elsewhere, "links")));
        Assert.True(File.Exists(Path.Combine(build.Path, "links/icetest-gcc")));
    }

    [Fact]
    public async Task Compilers_get_a_link_and_their_neighbours_do_not()
    {
        using var build = new BuildFolder();
        string tools = Path.Combine(build.Path, "tools");
        Directory.CreateDirectory(tools);
        string[] compilers = ["icetest-linux-gnu-gcc", "icetest-linux-gnu-g++-14", "icetest-clang++-19.1"];
        string[] others = ["icetest-gcc-ar", "icetest-clang-format", "icetest-distcc", "icetest-clang-tidy-19", "icetestcc"];
        foreach (string name in compilers.Concat(others))
        {
            File.Copy("/bin/true", Path.Combine(tools, name));
        }

        build.FirstOnPath.Add(tools);
        await build.RunAsync(build.Path, Script, "links");
        string[] links = [.. Directory.GetFiles(Path.Combine(build.Path, "links"), "icetest*").Select(file => Path.GetFileName(file))];
        Assert.Equal(compilers.Order(StringComparer.Ordinal), links.Order(StringComparer.Ordinal));
    }

    /// <summary>The script of the Debian package, in a system of the test's own.</summary>
    [Fact]
    public async Task Installed_compilers_get_a_link_of_the_package_and_wrappers_do_not()
    {
        using var build = new BuildFolder(withLauncher: false);
        string root = Path.Combine(build.Path, "root"), links = Path.Combine(root, "usr/lib/icelib/bin");
        Directory.CreateDirectory(Path.Combine(root, "usr/bin"));
        string[] compilers = ["cc", "gcc", "g++-12", "clang++-19", "x86_64-w64-mingw32-g++-posix", "x86_64-w64-mingw32-gcc-win32", "x86_64-w64-mingw32-gcc-12-posix"];

        // Behind a link the launcher would take its own name for another wrapper's, and fail.
        string[] others = ["icelaunch", "colorgcc", "ccache", "distcc", "c99-gcc", "gcc-ar"];
        foreach (string name in compilers.Concat(others))
        {
            File.Copy("/bin/true", Path.Combine(root, "usr/bin", name));
        }

        string script = Path.Combine(Programs.Integrations, "debian", "update-icelib-links");
        await build.RunAsync(build.Path, script, root);
        Assert.Equal(compilers.Order(StringComparer.Ordinal), Directory.GetFiles(links).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(links), link => Assert.Equal(Path.Combine(root, "usr/bin/icelaunch"), new FileInfo(link).ResolveLinkTarget(returnFinalTarget: true)!.FullName));

        File.Delete(Path.Combine(root, "usr/bin/g++-12"));
        await build.RunAsync(build.Path, script, root);
        Assert.Equal(compilers.Length - 1, Directory.GetFiles(links).Length);

        // A root into which the launcher comes later: each link leads nowhere, and stands all the same.
        File.Delete(Path.Combine(root, "usr/bin/icelaunch"));
        await build.RunAsync(build.Path, script, root);
        Assert.Equal(compilers.Length - 1, Directory.GetFileSystemEntries(links).Length);
    }

    /// <summary>Debian's gcc and clang hold no file but names in /usr/bin: of those that come after the versions that they name, a folder of libraries tells nothing.</summary>
    [Fact]
    public void Packages_that_hold_a_name_alone_renew_the_links()
    {
        string script = File.ReadAllText(Path.Combine(Programs.Integrations, "debian", "update-icelib-links"));
        string package = File.ReadAllText(Path.Combine(Programs.Integrations, "debian", "build"));
        Assert.Contains("compilers=${1:-}/usr/bin\n", script, StringComparison.Ordinal);
        Assert.Contains("echo 'interest-noawait /usr/bin' | text /DEBIAN/triggers\n", package, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_again_it_removes_links_of_compilers_that_are_gone_and_keeps_other_files()
    {
        using var build = new BuildFolder();
        string tools = Path.Combine(build.Path, "tools"), links = Path.Combine(build.Path, "links");
        Directory.CreateDirectory(tools);
        File.Copy("/bin/true", Path.Combine(tools, "icetest-gcc"));
        build.FirstOnPath.Add(tools);
        await build.RunAsync(build.Path, Script, links);
        Assert.True(File.Exists(Path.Combine(links, "icetest-gcc")));

        File.Delete(Path.Combine(tools, "icetest-gcc"));
        await File.WriteAllTextAsync(Path.Combine(links, "mine"), "");
        await build.RunAsync(build.Path, Script, links);
        Assert.False(File.Exists(Path.Combine(links, "icetest-gcc")));
        Assert.True(File.Exists(Path.Combine(links, "mine")));
    }

    [Fact]
    public async Task Without_icelaunch_it_says_so_and_the_folder_changes_nothing()
    {
        using var build = new BuildFolder(withLauncher: false);
        string said = await build.RunAsync(build.Path, Script, "links");
        Assert.Contains("icelaunch was not found", said, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(build.Path, "links")));
    }
}
