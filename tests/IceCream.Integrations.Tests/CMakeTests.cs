using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>The CMake module, on the example project and on one of a file in each language, which shows as well who is called and is built in no time.</summary>
public sealed class CMakeTests
{
    private const string Small = """
        cmake_minimum_required(VERSION 3.16)
        project(hello LANGUAGES C CXX)
        include(${CMAKE_CURRENT_SOURCE_DIR}/../IceCream.cmake)
        enable_testing()
        add_executable(hello main.cpp greet.c)
        add_test(NAME hello COMMAND hello)
        """;

    private static readonly string[] Sources =
    [
        "adler32.c", "base64.c", "crc32.c", "utf8.c", "histogram.cpp", "intervals.cpp", "matrix.cpp", "primes.cpp", "rational.cpp", "words.cpp", "main.cpp",
        "scoop_tests.cpp",
    ];

    [Needs("cmake", "make", "cc", "c++")]
    public async Task Makefiles_compile_every_source_through_the_launcher()
    {
        using var build = new BuildFolder();
        Assert.Contains("IceCream: C, CXX, OBJC, OBJCXX through", await ConfigureAsync(build, "Unix Makefiles"), StringComparison.Ordinal);
        await BuildAndTestAsync(build);
        build.ExpectCompiled("main.cpp", "greet.c");
    }

    [Needs("cmake", "ninja", "cc", "c++")]
    public async Task Ninja_files_compile_every_source_of_the_example_through_the_launcher()
    {
        using var build = new BuildFolder();
        string example = Path.Combine(build.Copy("cmake"), "example");
        string said = await build.RunAsync(build.Path, "cmake", "-S", example, "-B", "out", "-G", "Ninja");
        Assert.Contains("IceCream: C, CXX, OBJC, OBJCXX through", said, StringComparison.Ordinal);
        await build.RunAsync(build.Path, "cmake", "--build", "out", "--parallel", "2");
        await build.RunAsync(Path.Combine(build.Path, "out"), "ctest", "--output-on-failure");
        Assert.Contains("primes below 1000: 168", await build.RunAsync(build.Path, "./out/sundae"), StringComparison.Ordinal);
        build.ExpectCompiled(Sources);
    }

    [Needs("cmake", "make", "cc", "c++")]
    public async Task Without_icelaunch_the_project_builds_and_says_so()
    {
        using var build = new BuildFolder(withLauncher: false);
        string said = await ConfigureAsync(build, "Unix Makefiles");
        Assert.Contains("IceCream: icelaunch was not found; compiling here", said, StringComparison.Ordinal);
        await BuildAndTestAsync(build);
    }

    [Needs("cmake", "make", "cc", "c++")]
    public async Task An_icelaunch_that_was_demanded_and_is_absent_is_a_warning()
    {
        using var build = new BuildFolder(withLauncher: false);
        string said = await ConfigureAsync(build, "Unix Makefiles", "-DICECREAM=ON");
        Assert.Contains("CMake Warning", said, StringComparison.Ordinal);
        Assert.Contains("icelaunch was not found", said, StringComparison.Ordinal);
    }

    [Needs("cmake", "make", "cc", "c++")]
    public async Task A_build_that_has_it_off_compiles_here()
    {
        using var build = new BuildFolder();
        string said = await ConfigureAsync(build, "Unix Makefiles", "-DICECREAM=OFF");
        Assert.Contains("IceCream: off", said, StringComparison.Ordinal);
        await BuildAndTestAsync(build);
        Assert.Empty(build.Launched);
    }

    [Needs("cmake", "make", "cc", "c++", "env")]
    public async Task A_launcher_that_the_user_has_set_stays()
    {
        using var build = new BuildFolder();
        string said = await ConfigureAsync(build, "Unix Makefiles", "-DCMAKE_CXX_COMPILER_LAUNCHER=env");
        Assert.Contains("CXX keeps its launcher 'env'", said, StringComparison.Ordinal);
        await BuildAndTestAsync(build);
        build.ExpectCompiled("greet.c");
        Assert.DoesNotContain(build.Launched, command => command.Contains(".cpp", StringComparison.Ordinal));
    }

    [Needs("cmake", "make", "cc", "c++")]
    public async Task A_launcher_of_the_environment_stays()
    {
        using var build = new BuildFolder { Environment = { ["CMAKE_C_COMPILER_LAUNCHER"] = "env" } };
        Assert.Contains("C keeps its launcher 'env'", await ConfigureAsync(build, "Unix Makefiles"), StringComparison.Ordinal);
    }

    [Needs("cmake", "ninja", "cc")]
    public async Task A_project_that_does_not_know_of_it_can_be_given_it_from_outside()
    {
        using var build = new BuildFolder();
        string project = Path.Combine(build.Path, "plain");
        Directory.CreateDirectory(project);
        await File.WriteAllTextAsync(Path.Combine(project, "CMakeLists.txt"), """
            cmake_minimum_required(VERSION 3.24)
            project(plain LANGUAGES C)
            add_executable(plain plain.c)
            """);
        await File.WriteAllTextAsync(Path.Combine(project, "plain.c"), "int main(void) { return 0; }\n");
        string module = Path.Combine(Programs.Integrations, "cmake", "IceCream.cmake");
        await build.RunAsync(build.Path, "cmake", "-S", project, "-B", "out", "-G", "Ninja", $"-DCMAKE_PROJECT_TOP_LEVEL_INCLUDES={module}");
        await build.RunAsync(build.Path, "cmake", "--build", "out");
        await build.RunAsync(build.Path, "./out/plain");
        build.ExpectCompiled("plain.c");
    }

    [Needs("cmake", "ninja", "cc")]
    public async Task A_project_that_asks_for_it_finds_it_and_goes_on_without()
    {
        using var build = new BuildFolder();
        string project = Path.Combine(build.Path, "asking"), found = Path.Combine(Programs.Integrations, "cmake");
        Directory.CreateDirectory(project);
        await File.WriteAllTextAsync(Path.Combine(project, "CMakeLists.txt"), """
            cmake_minimum_required(VERSION 3.16)
            project(asking LANGUAGES C)
            find_package(IceCream 0.1 QUIET)
            message(STATUS "through '${IceCream_LAUNCHER}'")
            add_executable(asking asking.c)
            """);
        await File.WriteAllTextAsync(Path.Combine(project, "asking.c"), "int main(void) { return 0; }\n");
        string said = await build.RunAsync(build.Path, "cmake", "-S", project, "-B", "out", "-G", "Ninja", $"-DIceCream_DIR={found}");
        Assert.Contains($"through '{build.Path}/bin/icelaunch'", said, StringComparison.Ordinal);
        await build.RunAsync(build.Path, "cmake", "--build", "out");
        build.ExpectCompiled("asking.c");
        string without = await build.RunAsync(build.Path, "cmake", "-S", project, "-B", "without", "-G", "Ninja", "-DCMAKE_DISABLE_FIND_PACKAGE_IceCream=ON");
        Assert.Contains("through ''", without, StringComparison.Ordinal);
    }

    /// <summary>As toolchain files of cross builds have it: the launcher runs on the machine that builds, and one in the root of the target does not.</summary>
    [Needs("cmake", "make", "cc", "c++")]
    public async Task A_launcher_in_the_root_of_the_target_is_not_the_one_that_is_used()
    {
        using var build = new BuildFolder();
        string root = Path.Combine(build.Path, "target"), programs = Directory.CreateDirectory(Path.Combine(root, "usr/bin")).FullName;
        File.Copy(Path.Combine(build.Path, "bin/icelaunch"), Path.Combine(programs, "icelaunch"));
        string said = await ConfigureAsync(build, "Unix Makefiles", $"-DCMAKE_FIND_ROOT_PATH={root}");
        Assert.Contains($"IceCream: C, CXX, OBJC, OBJCXX through {build.Path}/bin/icelaunch", said, StringComparison.Ordinal);
    }

    /// <summary>A folder of a build remembers what the preset before said, and is of one generator.</summary>
    [Needs("cmake", "make", "ninja", "cc")]
    public async Task One_preset_may_follow_another()
    {
        using var build = new BuildFolder();
        string project = build.Copy("cmake");
        await File.WriteAllTextAsync(Path.Combine(project, "CMakeLists.txt"), "cmake_minimum_required(VERSION 3.24)\nproject(one LANGUAGES C)\nadd_executable(one one.c)\n");
        await File.WriteAllTextAsync(Path.Combine(project, "one.c"), "int main(void) { return 0; }\n");
        Assert.DoesNotContain("IceCream: C", await build.RunAsync(project, "cmake", "--preset", "here"), StringComparison.Ordinal);
        foreach (string preset in (string[])["icecream", "icecream-ninja"])
        {
            Assert.Contains("IceCream: C, CXX, OBJC, OBJCXX through", await build.RunAsync(project, "cmake", "--preset", preset), StringComparison.Ordinal);
        }
    }

    [Needs("cmake", "ninja", "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-g++")]
    public async Task A_cross_build_by_the_toolchain_file_goes_through_the_launcher()
    {
        using var build = new BuildFolder();
        string copy = build.Copy("cmake");
        await build.RunAsync(build.Path, "cmake", "-S", Path.Combine(copy, "example"), "-B", "out", "-G", "Ninja", $"-DCMAKE_TOOLCHAIN_FILE={copy}/toolchain-aarch64.cmake");
        await build.RunAsync(build.Path, "cmake", "--build", "out");
        build.ExpectCompiled(Sources);
        Assert.All(build.Launched.Where(static command => command.Contains(" -c ", StringComparison.Ordinal)), static command => Assert.Contains("aarch64-linux-gnu-", command, StringComparison.Ordinal));
    }

    [Needs("cmake", "ninja", "cc", "c++")]
    public async Task An_icelaunch_that_was_uninstalled_since_does_not_break_the_next_run()
    {
        using var build = new BuildFolder();
        await ConfigureAsync(build, "Ninja");
        File.Delete(Path.Combine(build.Path, "bin", "icelaunch"));
        string said = await build.RunAsync(build.Path, "cmake", "out");
        Assert.Contains("icelaunch was not found; compiling here", said, StringComparison.Ordinal);
        await BuildAndTestAsync(build);
    }

    private static async Task<string> ConfigureAsync(BuildFolder build, string generator, params string[] options)
    {
        string project = Directory.CreateDirectory(Path.Combine(build.Copy("cmake"), "hello")).FullName;
        await File.WriteAllTextAsync(Path.Combine(project, "CMakeLists.txt"), Small + "\n");
        await File.WriteAllTextAsync(Path.Combine(project, "main.cpp"), "extern \"C\" void greet();\nint main() { greet(); }\n");
        await File.WriteAllTextAsync(Path.Combine(project, "greet.c"), "#include <stdio.h>\nvoid greet(void) { puts(\"hello\"); }\n");
        return await build.RunAsync(build.Path, "cmake", ["-S", project, "-B", "out", "-G", generator, .. options]);
    }

    private static async Task BuildAndTestAsync(BuildFolder build)
    {
        await build.RunAsync(build.Path, "cmake", "--build", "out", "--parallel", "2");
        await build.RunAsync(Path.Combine(build.Path, "out"), "ctest", "--output-on-failure");
        Assert.Contains("hello", await build.RunAsync(build.Path, "./out/hello"), StringComparison.Ordinal);
    }
}
