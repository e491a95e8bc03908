using System.Diagnostics;
using System.Globalization;
using IceCream.EndToEnd.Tests.Kit;
using Mono.Unix.Native;
using Xunit.Abstractions;

namespace IceCream.EndToEnd.Tests;

/// <summary>
/// Every kind of process of a farm is killed, and is stopped, in the middle of a build; disks are full, clocks differ, descriptors are few. The build ends with exit code 0
/// and the objects of home, and lasts at most <see cref="Deadline"/> longer than it does when nothing happens.
/// </summary>
[Trait("Length", "Long")]
public sealed class CalamityTests(ITestOutputHelper output)
{
    /// <summary>What a calamity may add to a build: a connection that is silent is given up after 20 s, a job that stands still after 10 s, and what was lost is compiled again.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Needs("make", "gcc", "g++", "bwrap")]
    public async Task Whatever_dies_or_stops_a_build_ends_well()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 30, 12, 6);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j2", "out");
        TimeSpan calm = await BuildAsync(project, expected, "nothing", null, null);
        foreach (string victim in (string[])["worker", "scheduler", "agent", "bwrap", "cc1"])
        {
            foreach (Signum signal in (Signum[])[Signum.SIGKILL, Signum.SIGSTOP])
            {
                await BuildAsync(project, expected, $"{signal} of {victim}", farm => StrikeAsync(farm, victim, signal), calm);
            }
        }

        // A compiler that is shot in a plain build fails that build, and its launcher stands for it: make is to be asked once more.
        await BuildAsync(project, expected, "SIGKILL of launcher", farm => StrikeAsync(farm, "launcher", Signum.SIGKILL), calm, "make -k -j6; make -j6");
    }

    [Needs("make", "gcc", "g++", "bwrap", "unshare", Mounts = true)]
    public async Task Full_disks_fail_no_build()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 20, 6, 2);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j2", "out");
        foreach (int megabytes in (int[])[1, 8, 40])
        {
            await BuildAsync(project, expected, $"disks of {megabytes} MB at the workers", null, null, wrapper: Cramped(megabytes));
        }

        await BuildAsync(project, expected, "disks of 1 MB at scheduler and agent", null, null, others: Cramped(1));
    }

    [Needs("make", "gcc", "g++", "bwrap", "sh")]
    public async Task Few_descriptors_fail_no_build()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 20, 6, 2);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j2", "out");
        string[] few = ["sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"];
        await BuildAsync(project, expected, "64 descriptors at the workers", null, null, wrapper: few);
        await BuildAsync(project, expected, "64 descriptors at scheduler and agent", null, null, others: few);
    }

    [Needs("make", "gcc", "g++", "bwrap", "faketime")]
    public async Task Clocks_a_minute_apart_fail_no_build()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 20, 6, 2);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j2", "out");
        foreach (string offset in (string[])["-60s", "+60s"])
        {
            await BuildAsync(project, expected, $"workers' clocks {offset}", null, null, wrapper: ["faketime", "-f", offset]);
        }
    }

    /// <summary>What starts a node whose state directory is a small file system of its own.</summary>
    private static string[] Cramped(int megabytes) =>
    [
        .. Namespaces.Words, "sh", "-ec",
        string.Create(CultureInfo.InvariantCulture, $"for word; do [ \"$last\" != --state-dir ] || state=$word; last=$word; done; mkdir -p \"$state\"; mount -t tmpfs -o size={megabytes}m none \"$state\"; exec \"$@\""), "sh",
    ];

    private static async Task StrikeAsync(FarmProcesses farm, string victim, Signum signal)
    {
        NodeProcess? node = victim switch { "worker" => farm.Workers[1], "scheduler" => farm.Scheduler, "agent" => farm.Agent, _ => null };
        if (node is not null)
        {
            node.Signal(signal);
            return;
        }

        // They come and go: the first that is seen is hit.
        using var patience = new CancellationTokenSource(Shell.Patience);
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            int? found = victim == "launcher"
                ? ProcessTable.Read().FirstOrDefault(entry => !entry.IsDead && IsLauncherOf(farm, entry.Id))?.Id
                : ProcessTable.Below(farm.Workers.Select(static worker => worker.Id)).FirstOrDefault(entry => entry.Words.Contains(victim, StringComparison.Ordinal))?.Id;
            if (found is { } hit && Syscall.kill(hit, signal) == 0)
            {
                return;
            }

            await Task.Yield();
        }
    }

    private static bool IsLauncherOf(FarmProcesses farm, int process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/exe").LinkTarget == Programs.Launcher
                && File.ReadAllText($"/proc/{process}/environ").Contains($"ICECREAM_SOCKET={farm.Socket}", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task<TimeSpan> BuildAsync(
        GeneratedProject project, SortedDictionary<string, string> expected, string what, Func<FarmProcesses, Task>? strike, TimeSpan? calm, string script = "make -j6",
        string[]? wrapper = null, string[]? others = null)
    {
        string built = Path.Combine(project.Root, "out");
        if (Directory.Exists(built))
        {
            Directory.Delete(built, recursive: true);
        }

        await using FarmProcesses farm = await FarmProcesses.StartAsync(wrapper: wrapper is null ? null : _ => wrapper, others: others, probes: wrapper is null && others is null);
        using var objects = new ObjectWatch(project.Root);
        long since = Stopwatch.GetTimestamp();
        using Shell make = farm.Start(script, project.Root);
        if (strike is not null)
        {
            await objects.AtLeastAsync(4);
            await strike(farm);
        }

        Ending ending = await make.EndAsync();
        TimeSpan took = Stopwatch.GetElapsedTime(since);
        Assert.True(ending.ExitCode == 0, $"{what}: {ending}");
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(built), what);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | exit code {ending.ExitCode} | {expected.Count} files equal | {took.TotalSeconds:0.0} s |"));
        Assert.True(calm is null || took < calm + Deadline, $"{what}: {took} and not {calm} and at most {Deadline} more");
        return took;
    }
}
