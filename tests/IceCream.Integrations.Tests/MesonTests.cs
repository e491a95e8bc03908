using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>The native file for Meson.</summary>
public sealed class MesonTests
{
    [Needs("meson", "ninja", "cc", "c++")]
    public async Task Every_compile_goes_through_the_launcher_and_links_work()
    {
        using BuildFolder build = Project();
        string native = Path.Combine(Programs.Integrations, "meson", "icecream.ini");
        await BuildAsync(build, $"meson setup --native-file '{native}' out");
        build.ExpectCompiled("main.cpp", "greet.c");
    }

    [Needs("meson", "ninja", "cc", "c++")]
    public async Task The_script_names_the_native_file_where_icelaunch_is()
    {
        using BuildFolder build = Project();
        Assert.Contains("compiling through", await BuildAsync(build, SetupByScript), StringComparison.Ordinal);
        build.ExpectCompiled("main.cpp", "greet.c");
    }

    [Needs("meson", "ninja", "cc", "c++")]
    public async Task Without_icelaunch_the_script_says_so_and_the_project_builds()
    {
        using BuildFolder build = Project(withLauncher: false);

        // With compilers named Meson puts no ccache or sccache of this machine before them.
        Assert.Contains("icelaunch was not found; compiling here", await BuildAsync(build, $"export CC=cc CXX=c++; {SetupByScript}"), StringComparison.Ordinal);
    }

    private static string SetupByScript => $"meson setup $('{Path.Combine(Programs.Integrations, "meson", "icecream-native")}') out";

    private static BuildFolder Project(bool withLauncher = true)
    {
        var build = new BuildFolder(withLauncher);
        File.WriteAllText(Path.Combine(build.Path, "meson.build"), "project('hello', 'c', 'cpp')\nexecutable('hello', 'main.cpp', 'greet.c')\n");
        File.WriteAllText(Path.Combine(build.Path, "main.cpp"), "extern \"C\" void greet();\nint main() { greet(); }\n");
        File.WriteAllText(Path.Combine(build.Path, "greet.c"), "#include <stdio.h>\nvoid greet(void) { puts(\"hello\"); }\n");
        return build;
    }

    private static async Task<string> BuildAsync(BuildFolder build, string setup)
    {
        string said = await build.RunAsync(build.Path, "sh", "-c", setup);

        // Meson compiles tiny programs of its own while it sets up; what counts is the build.
        await build.RunAsync(build.Path, "ninja", "-C", "out");
        Assert.Contains("hello", await build.RunAsync(build.Path, "./out/hello"), StringComparison.Ordinal);
        return said;
    }
}
