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
public sealed class CalamityTests(CalamityTests.CalmBuild calm, ITestOutputHelper output) : IClassFixture<CalamityTests.CalmBuild>
{
    /// <summary>What a calamity may add to a build: a connection that is silent is given up after 20 s, a job that stands still after 10 s, and what was lost is compiled again.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Every source leaves, and each once.</summary>
    private const int All = 49;

    [NeedsTheory("make", "gcc", "g++", "bwrap")]
    [MemberData(nameof(Blows))]
    public Task Whatever_dies_or_stops_a_build_ends_well(string victim, Signum signal) => BuildAsync($"{signal} of {victim}", farm => StrikeAsync(farm, victim, signal));

    /// <summary>Each kind of process, killed and stopped.</summary>
    public static TheoryData<string, Signum> Blows()
    {
        var blows = new TheoryData<string, Signum>();
        foreach (string victim in (string[])["worker", "scheduler", "agent", "bwrap", "cc1"])
        {
            blows.Add(victim, Signum.SIGKILL);
            blows.Add(victim, Signum.SIGSTOP);
        }

        return blows;
    }

    /// <summary>A compiler that is shot in a plain build fails that build, and its launcher stands for it: make is to be asked once more.</summary>
    [Needs("make", "gcc", "g++", "bwrap")]
    public Task A_launcher_that_dies_is_a_compiler_that_dies() =>
        BuildAsync("SIGKILL of launcher", static farm => StrikeAsync(farm, "launcher", Signum.SIGKILL), "make -k -j6; make -j6");

    [NeedsTheory("make", "gcc", "g++", "bwrap", "unshare", Mounts = true)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(40)]
    public Task Full_disks_of_workers_fail_no_build(int megabytes) => BuildAsync($"disks of {megabytes} MB at the workers", null, wrapper: Cramped(megabytes));

    [Needs("make", "gcc", "g++", "bwrap", "unshare", Mounts = true)]
    public Task Full_disks_of_scheduler_and_agent_fail_no_build() => BuildAsync("disks of 1 MB at scheduler and agent", null, others: Cramped(1), within: WhereTheAgentIs, leastAway: All);

    [NeedsTheory("make", "gcc", "g++", "bwrap", "sh")]
    [InlineData(true)]
    [InlineData(false)]
    public Task Few_descriptors_fail_no_build(bool atWorkers)
    {
        string[] few = ["sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"];
        return BuildAsync($"64 descriptors at {(atWorkers ? "the workers" : "scheduler and agent")}", null, wrapper: atWorkers ? few : null, others: atWorkers ? null : few, leastAway: 1);
    }

    [NeedsTheory("make", "gcc", "g++", "bwrap", "faketime")]
    [InlineData("-60s", true)]
    [InlineData("+60s", true)]
    [InlineData("-60s", false)]
    [InlineData("+60s", false)]
    public Task Clocks_a_minute_apart_fail_no_build(string offset, bool atWorkers)
    {
        // The program of that name would stand between the test and the node, and take its signals.
        string library = Directory.GetDirectories("/usr/lib").Select(static folder => Path.Combine(folder, "faketime/libfaketime.so.1")).First(File.Exists);
        string[] elsewhen = ["env", $"LD_PRELOAD={library}", $"FAKETIME={offset}", "FAKETIME_DONT_FAKE_MONOTONIC=1"];
        return BuildAsync($"clocks {offset} at {(atWorkers ? "the workers" : "scheduler and agent")}", null, wrapper: atWorkers ? elsewhen : null, others: atWorkers ? null : elsewhen, leastAway: All);
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

    /// <summary>The words before a command that sees the file systems that a farm's agent sees: what sees others stays at home.</summary>
    private static string WhereTheAgentIs(FarmProcesses farm) =>
        string.Create(CultureInfo.InvariantCulture, $"nsenter --target {farm.Agent.Id} --mount {(Environment.IsPrivilegedProcess ? "" : "--user --preserve-credentials")} --wd=\"$PWD\" ");

    private async Task BuildAsync(
        string what, Func<FarmProcesses, Task>? strike, string script = "make -j6", string[]? wrapper = null, string[]? others = null, Func<FarmProcesses, string>? within = null, int leastAway = 0)
    {
        (TimeSpan took, Statistics? jobs) = await BuildAsync(calm.Project, calm.Expected, what, strike, script, wrapper, others, within);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {what} | exit code 0 | {calm.Expected.Count} files equal | {jobs?.CompilesAway} of {jobs?.Compiles} left | {took.TotalSeconds:0.0} s | {(took - calm.Took).TotalSeconds:+0.0;-0.0} s to {calm.Took.TotalSeconds:0.0} s |"));
        Assert.True(took < calm.Took + Deadline, $"{what}: {took} and not {calm.Took} and at most {Deadline} more");
        Assert.True(leastAway == 0 || jobs!.CompilesAway >= leastAway, $"{what}: {jobs}");
    }

    /// <summary>Builds on a new farm; the statistics are those of its agent, where nobody was struck.</summary>
    private static async Task<(TimeSpan Took, Statistics? Jobs)> BuildAsync(
        GeneratedProject project, SortedDictionary<string, string> expected, string what, Func<FarmProcesses, Task>? strike, string script = "make -j6", string[]? wrapper = null, string[]? others = null,
        Func<FarmProcesses, string>? within = null)
    {
        string built = Path.Combine(project.Root, "out");
        if (Directory.Exists(built))
        {
            Directory.Delete(built, recursive: true);
        }

        await using FarmProcesses farm = await FarmProcesses.StartAsync(wrapper: wrapper is null ? null : _ => wrapper, others: others, probes: wrapper is null && others is null);
        using var objects = new ObjectWatch(project.Root);
        long since = Stopwatch.GetTimestamp();
        using Shell make = farm.Start(within?.Invoke(farm) + script, project.Root);
        if (strike is not null)
        {
            await objects.AtLeastAsync(4);
            await strike(farm);
        }

        Ending ending = await make.EndAsync();
        TimeSpan took = Stopwatch.GetElapsedTime(since);
        Assert.True(ending.ExitCode == 0, $"{what}: {ending}");
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(built), what);
        return (took, strike is null ? await farm.StatisticsAsync() : null);
    }

    /// <summary>The project, what comes of it, and how long it takes on a farm to which nothing happens.</summary>
    public sealed class CalmBuild : IAsyncLifetime
    {
        private readonly Workspace _space = new();

        public CalmBuild() => Project = new GeneratedProject(_space.Folder("project"), 30, 12, 6);

        public TimeSpan Took { get; private set; }

        internal GeneratedProject Project { get; }

        internal SortedDictionary<string, string> Expected { get; private set; } = [];

        public async Task InitializeAsync()
        {
            Expected = await Project.BuildHereAsync("make -j2", "out");
            Took = (await BuildAsync(Project, Expected, "nothing", null)).Took;
        }

        public Task DisposeAsync()
        {
            _space.Dispose();
            return Task.CompletedTask;
        }
    }
}
