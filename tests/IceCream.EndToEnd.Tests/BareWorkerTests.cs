using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>Workers on machines unlike the client's. Each worker sees a file system of its own, made by mounts that end with it.</summary>
public sealed class BareWorkerTests
{
    /// <summary>Covers every compiler, its parts, the binutils and all headers: none of it is found by the process that comes after.</summary>
    private const string HideCompilers = """
        for folder in /usr/lib/gcc /usr/libexec/gcc /usr/include /usr/local/include /usr/lib/llvm-*; do
            if [ -d "$folder" ]; then mount -t tmpfs none "$folder" || exit 1; fi
        done
        for file in /usr/bin/*gcc* /usr/bin/*g++* /usr/bin/*cpp* /usr/bin/*clang* /usr/bin/cc /usr/bin/c++ /usr/bin/*-as /usr/bin/*-ld* /usr/bin/as /usr/bin/ld; do
            real=$(readlink -f "$file")
            if [ -f "$real" ] && [ -x "$real" ]; then mount --bind /dev/null "$real" || exit 1; fi
        done
        if gcc --version 2>/dev/null || as --version 2>/dev/null || [ -e /usr/include/stdio.h ]; then echo 'not hidden' >&2; exit 1; fi
        exec "$@"
        """;

    private static string[] Hiding { get; } = [.. Namespaces.Words, "sh", "-c", HideCompilers, "sh"];

    [Needs("make", "gcc", "g++", "bwrap", Mounts = true)]
    public Task Workers_need_no_gcc() => BuildAsync("CC=gcc CXX=g++");

    [Needs("make", "clang", "clang++", "bwrap", Mounts = true)]
    [Trait("Length", "Long")]
    public Task Workers_need_no_clang() => BuildAsync("CC=clang CXX=clang++");

    [Needs("make", "gcc-11", "g++-11", "bwrap", Mounts = true)]
    [Trait("Length", "Long")]
    public Task Workers_need_no_compiler_of_the_clients_version() => BuildAsync("CC=gcc-11 CXX=g++-11");

    [Needs("make", "gcc", "g++", "bwrap", Mounts = true)]
    public async Task A_worker_whose_disk_is_full_costs_no_build()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 3, 2, 0);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j4", "out");
        await using FarmProcesses farm = await FarmProcesses.StartAsync(
            workers: 1, probes: false,
            wrapper: state => [.. Namespaces.Words, "sh", "-c", $"mount -t tmpfs -o size=8m none '{state}' && exec \"$@\"", "sh"]);
        Ending ending = await farm.RunAsync("make -j16", project.Root);
        Statistics statistics = await farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{statistics}");
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(Path.Combine(project.Root, "out")), statistics.ToString());
        Assert.Equal(0, statistics.Remote);
        Assert.True(statistics.Recent.Any(job => job.Reason.Contains("No space left", StringComparison.OrdinalIgnoreCase) || job.Reason.Contains("full", StringComparison.OrdinalIgnoreCase)), statistics.ToString());
    }

    [Needs("make", "gcc", "g++", "bwrap", Mounts = true)]
    public async Task A_worker_whose_proc_is_covered_as_containers_cover_it_compiles_and_says_what_is_lost()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 3, 2, 0);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j4 OPT=-g", "out");
        await using FarmProcesses farm = await FarmProcesses.StartAsync(
            workers: 1, wrapper: static _ => [.. Namespaces.Words, "sh", "-c", "mount -t tmpfs -o ro none /proc/irq && exec \"$@\"", "sh"]);
        Ending ending = await farm.RunAsync("make -j16 OPT=-g", project.Root);
        Statistics statistics = await farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{statistics}");
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(Path.Combine(project.Root, "out")), statistics.ToString());
        Assert.True(statistics.Remote >= project.Sources.Count, statistics.ToString());
        Assert.Contains("its container allows no new /proc", farm.Workers[0].Log, StringComparison.Ordinal);
    }

    private static async Task BuildAsync(string compilers)
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 3, 2, 1);
        SortedDictionary<string, string> expected = await project.BuildHereAsync($"make -j4 OPT=-g {compilers}", "out");
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 2, wrapper: _ => Hiding);
        Statistics before = await farm.StatisticsAsync();
        Ending ending = await farm.RunAsync($"make -j16 OPT=-g {compilers}", project.Root);
        Statistics after = await farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{after}");
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(Path.Combine(project.Root, "out")), after.ToString());
        Assert.True(project.Sources.Count == after.Remote - before.Remote, after.ToString());
    }
}
