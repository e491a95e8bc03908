using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>Whole builds by make, ninja and CMake: everything that a local build leaves, byte by byte, from elsewhere.</summary>
public sealed class BuildToolTests(SharedFarm shared) : IClassFixture<SharedFarm>
{
    private static readonly (string Tool, string Compiler, string Flags)[] Few =
        [("make", "gcc", "-O2"), ("ninja", "clang", "-O0 -g"), ("cmake", "gcc", "-O2")];

    /// <summary>Every tool, every compiler and all flags, though not with one another.</summary>
    public static IEnumerable<object[]> Builds => Few.Select(Row);

    /// <summary>All other combinations.</summary>
    public static IEnumerable<object[]> OtherBuilds =>
        from tool in (string[])["make", "ninja", "cmake"]
        from compiler in (string[])["gcc", "clang"]
        from flags in (string[])["-O2", "-O0 -g"]
        where !Few.Contains((tool, compiler, flags))
        select Row((tool, compiler, flags));

    [NeedsTheory("make", "ninja", "cmake", "gcc", "g++", "clang", "clang++", "bwrap")]
    [MemberData(nameof(OtherBuilds))]
    [Trait("Length", "Long")]
    public Task What_a_farm_builds_otherwise_is_what_this_machine_builds(string tool, string compiler, string flags) =>
        BuildAsync(tool, compiler, flags, root => new GeneratedProject(root, 16, 6, 3));

    [NeedsTheory("make", "ninja", "cmake", "gcc", "g++", "clang", "clang++", "bwrap")]
    [MemberData(nameof(Builds))]
    public Task What_a_farm_builds_is_what_this_machine_builds(string tool, string compiler, string flags) =>
        BuildAsync(tool, compiler, flags, root => new GeneratedProject(root, 8, 4, 1));

    [Needs("make", "gcc", "g++", "bwrap")]
    public async Task Links_named_by_their_paths_lead_to_the_farm_too()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 4, 2, 0);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j4", "out");
        string links = shared.Farm.Links;
        Statistics before = await shared.Farm.StatisticsAsync();
        Ending ending = await shared.Farm.RunAsync($"make -j64 CC='{links}/gcc' CXX='{links}/g++'", project.Root);
        Statistics after = await shared.Farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{after}");
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(Path.Combine(project.Root, "out")), after.ToString());
        Assert.True(after.Remote - before.Remote >= project.Sources.Count * 9 / 10, $"Before: {before}\nAfter: {after}");
    }

    [Needs("make", "gcc", "g++", "bwrap")]
    public async Task An_error_is_the_compilers_own_and_ends_the_build_as_it_does_here()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 4, 2, 0);
        project.Write("src/c2.c", "#include \"config.h\"\nint work_c2(int n) { return n + ; }\n");
        Ending here = await Shell.RunAsync("make -k -j4; code=$?; cat out/c2.c.o.txt; exit $code", project.Root, ("PATH", Environment.GetEnvironmentVariable("PATH")!));
        Directory.Delete(Path.Combine(project.Root, "out"), recursive: true);
        Ending there = await shared.Farm.RunAsync("make -k -j64; code=$?; cat out/c2.c.o.txt; exit $code", project.Root);
        Assert.Equal(2, there.ExitCode);
        Assert.Equal(Words(here), Words(there));
        Assert.False(File.Exists(Path.Combine(project.Root, "out/c2.c.o")));

        static string[] Words(Ending ending) => [.. ending.Output.Split('\n').Where(line => !line.StartsWith("gcc ", StringComparison.Ordinal) && !line.StartsWith("g++ ", StringComparison.Ordinal))];
    }

    private async Task BuildAsync(string tool, string compiler, string flags, Func<string, GeneratedProject> create)
    {
        using var space = new Workspace();
        GeneratedProject project = create(space.Folder("project"));
        string cxx = compiler == "gcc" ? "g++" : "clang++";
        project.Write("settings.ninja", $"cc = {compiler}\ncxx = {cxx}\nopt = {flags}\n");

        // CMake writes the compilers' paths into its files: it gets the real ones, and the launcher in front of them.
        string configure = $"cmake -S . -B out -G Ninja -DCMAKE_C_COMPILER={Programs.Find(compiler)} -DCMAKE_CXX_COMPILER={Programs.Find(cxx)} -DCMAKE_C_FLAGS='{flags}' -DCMAKE_CXX_FLAGS='{flags}' >configure.log";
        (string here, string there) = tool switch
        {
            "make" => ($"make -j4 CC={compiler} CXX={cxx} OPT='{flags}'", $"make -j64 CC={compiler} CXX={cxx} OPT='{flags}'"),
            "ninja" => ("ninja -j4", "ninja -j64"),
            _ => ($"{configure} && cmake --build out -j4", $"{configure} -DCMAKE_C_COMPILER_LAUNCHER=\"$LAUNCH\" -DCMAKE_CXX_COMPILER_LAUNCHER=\"$LAUNCH\" && cmake --build out -j64"),
        };
        SortedDictionary<string, string> expected = await project.BuildHereAsync(here, "out");
        Assert.True(expected.Count > project.Sources.Count);

        Statistics before = await shared.Farm.StatisticsAsync();
        Ending ending = await shared.Farm.RunAsync(there, project.Root);
        Statistics after = await shared.Farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{after}");
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(Path.Combine(project.Root, "out")), after.ToString());
        Assert.True(after.Remote - before.Remote >= project.Sources.Count * 9 / 10, $"Before: {before}\nAfter: {after}");
        if (tool != "cmake")
        {
            // The link, which CMake's launcher has nothing to do with.
            Assert.Contains(after.Reasons, reason => reason.Name == "NotACompile");
        }
    }

    private static object[] Row((string Tool, string Compiler, string Flags) build) => [build.Tool, build.Compiler, build.Flags];
}
