using System.Text.Json;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>Two checkouts of one project share what is the same in both, and nothing else.</summary>
public sealed class CheckoutTests
{
    private const string Configure = "cmake -S . -B build -DCMAKE_DEPENDS_USE_COMPILER=ON -DCMAKE_CXX_FLAGS='-Wno-unused -w' ", Build = " >/dev/null && cmake --build build -j2";

    private sealed record Summary(int ExitCode, Statistics Jobs);

    [Needs("cmake", "make", "gcc", "g++", "bwrap")]
    [Trait("Length", "Long")]
    public async Task A_second_checkout_compiles_only_what_tells_where_it_lies()
    {
        using var space = new Workspace();
        const string Command = Configure + "-DCMAKE_BUILD_TYPE=Release" + Build;
        (GeneratedProject first, SortedDictionary<string, string> firstExpected) = await CheckOutAsync(space, "one", 8, Command);
        (GeneratedProject second, SortedDictionary<string, string> secondExpected) = await CheckOutAsync(space, "a-longer-name", 8, Command);
        await BuildAsync(space, first, Command, firstExpected);
        Statistics then = await BuildAsync(space, second, Command, secondExpected);

        // One of the sources has its path in the program.
        string[] cached = [.. then.Recent.Where(static job => job.Place is "cached").Select(static job => Path.GetFileName(job.Subject))];
        Assert.DoesNotContain("teller.cpp", cached);
        Assert.True(second.Sources.Where(static source => source != "main.c").All(cached.Contains), $"{string.Join(' ', cached)}\n{then}");

        // What was found is the second's own by now, also when what it changes is nobody else's.
        second.Write("include/config.h", "#pragma once\n#define LEVELS 4\n#ifdef __cplusplus\n#define LINKAGE extern \"C\"\n#else\n#define LINKAGE\n#endif\n");
        SortedDictionary<string, string> changed = await BuildHereAsync(second, Command);
        await BuildAsync(space, second, Command, changed);
        await BuildAsync(space, first, Command, firstExpected);
    }

    [Needs("cmake", "make", "gcc", "g++", "bwrap")]
    public async Task With_debug_information_nothing_is_shared()
    {
        using var space = new Workspace();
        const string Command = Configure + "-DCMAKE_BUILD_TYPE=Debug" + Build;
        (GeneratedProject first, SortedDictionary<string, string> firstExpected) = await CheckOutAsync(space, "one", 3, Command);
        (GeneratedProject second, SortedDictionary<string, string> secondExpected) = await CheckOutAsync(space, "two", 3, Command);
        await BuildAsync(space, first, Command, firstExpected);
        Statistics then = await BuildAsync(space, second, Command, secondExpected);
        Assert.DoesNotContain(then.Recent, static job => job.Place is "cached" && job.Subject.Contains("light", StringComparison.Ordinal));
    }

    private static async Task<(GeneratedProject Project, SortedDictionary<string, string> Expected)> CheckOutAsync(Workspace space, string name, int sources, string command)
    {
        var project = new GeneratedProject(space.Folder($"checkouts/{name}"), 0, sources, 0);
        project.Write("src/teller.cpp", "const char *where() { return __FILE__; }\n");
        string list = Path.Combine(project.Root, "CMakeLists.txt");
        await File.WriteAllTextAsync(list, (await File.ReadAllTextAsync(list)).Replace("src/main.c", "src/main.c src/teller.cpp", StringComparison.Ordinal));
        return (project, await BuildHereAsync(project, command));
    }

    private static async Task<SortedDictionary<string, string>> BuildHereAsync(GeneratedProject project, string command)
    {
        if (Directory.Exists(Path.Combine(project.Root, "build")))
        {
            Directory.Delete(Path.Combine(project.Root, "build"), recursive: true);
        }

        return await project.BuildHereAsync(command, "build");
    }

    private static async Task<Statistics> BuildAsync(Workspace space, GeneratedProject project, string command, SortedDictionary<string, string> expected)
    {
        string results = Path.Combine(project.Root, "build"), file = space.Under("summary.json");
        if (Directory.Exists(results))
        {
            Directory.Delete(results, recursive: true);
        }

        Ending ending = await Shell.RunAsync(
            $"exec '{Programs.Host}' run --state-dir '{space.Under("state")}' --cache-base-dir '{space.Under("checkouts")}' --json '{file}' -- sh -c \"{command}\"",
            project.Root, ("ICECREAM_CACHE", "on"));
        Assert.True(ending.ExitCode == 0, ending.ToString());
        Statistics jobs = JsonSerializer.Deserialize<Summary>(await File.ReadAllTextAsync(file), Statistics.Names)!.Jobs;
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(results), jobs.ToString());
        return jobs;
    }
}
