using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IceCream.EndToEnd.Tests.Kit;
using Xunit.Abstractions;

namespace IceCream.EndToEnd.Tests;

/// <summary>A farm whose ports are scanned builds on: what strangers do at the door costs nobody anything.</summary>
public sealed class StrangerTests(SharedFarm shared, ITestOutputHelper output) : IClassFixture<SharedFarm>
{
    private const int MostKilobytes = 200 << 10;
    private const int Crowd = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Needs("make", "gcc", "g++", "bwrap")]
    public Task A_farm_that_is_scanned_a_little_builds_on() => ScanAsync(shared.Farm, sources: 2, closing: 300, silent: 90, noisy: 30);

    [Needs("make", "gcc", "g++", "bwrap")]
    [Trait("Length", "Long")]
    public async Task A_farm_that_is_scanned_builds_on()
    {
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 2);
        await ScanAsync(farm, sources: 6, closing: 5000, silent: 2000, noisy: 200);
    }

    [Needs("gcc", "bwrap", "sh")]
    public async Task Nodes_that_may_have_few_descriptors_answer_in_spite_of_a_crowd()
    {
        string[] few = ["sh", "-c", "ulimit -n 250; exec \"$@\"", "sh"];
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 1, wrapper: _ => few, others: few);
        using var strangers = new Strangers();
        await strangers.StaySilentAsync([Door(farm.Address), Door(farm.WorkerAddresses[0]), new UnixDomainSocketEndPoint(farm.Socket)], 3 * 250);
        NodeProcess[] nodes = [farm.Scheduler, farm.Workers[0], farm.Agent];
        await Task.WhenAll(nodes.Select(node => node.SaysAsync("have not said who they are")));

        // Each of the three is needed for this one.
        await farm.ProbeAsync();
        await farm.UntilAsync(nodes => nodes.Any(node => node.Slots > 0), "the worker there");
    }

    [Needs("gcc", "bwrap")]
    public async Task Peers_of_ill_will_cost_a_node_little_memory()
    {
        FarmProcesses farm = shared.Farm;
        await AttackAsync("channels before a greeting", farm.Scheduler, farm.Address, ChannelsAsync);
        await AttackAsync("channels without a lease", farm.Workers[0], farm.WorkerAddresses[0], async peer =>
        {
            await peer.SayAsync(HostilePeer.Frame(1, HostilePeer.ProtocolOfPeers, "ICECREAM", "nobody", Array.Empty<byte>()));
            await ChannelsAsync(peer);
        });
        await AttackAsync("a monitor that never reads", farm.Scheduler, farm.Address, async peer =>
        {
            await peer.SayAsync(HostilePeer.Frame(3, HostilePeer.ProtocolOfScheduler, "ICECREAM"));
            byte[] questions = [.. Enumerable.Repeat(HostilePeer.Frame(14), 1000).SelectMany(static question => question)];
            for (int i = 0; i < 2000 && await peer.SayAsync(questions); i++)
            {
            }
        });

        await farm.ProbeAsync();
        await farm.UntilAsync(nodes => nodes.Any(node => node.Slots > 0) && nodes.Any(node => node.State == "agent"), "worker and agent there");
    }

    private static EndPoint Door(string address) => IPEndPoint.Parse(address);

    private async Task ScanAsync(FarmProcesses farm, int sources, int closing, int silent, int noisy)
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), sources, sources, 1);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j4", "out");
        EndPoint[] doors = [Door(farm.Address), .. farm.WorkerAddresses.Select(Door), new UnixDomainSocketEndPoint(farm.Socket)];
        NodeProcess[] nodes = [farm.Scheduler, .. farm.Workers, farm.Agent];
        long remote = (await farm.StatisticsAsync()).Remote;
        long[] before = [.. nodes.Select(node => node.ResidentKilobytes)];

        using var strangers = new Strangers();
        Task scanning = Task.WhenAll(
            Task.Run(() => Strangers.CloseAtOnceAsync(doors, closing)), Task.Run(() => strangers.StaySilentAsync(doors, silent)),
            Task.Run(() => strangers.MakeNoiseAsync(doors, noisy)));
        long since = Stopwatch.GetTimestamp();
        Ending ending = await farm.RunAsync("make -j16", project.Root);
        TimeSpan built = Stopwatch.GetElapsedTime(since);
        await scanning.WaitAsync(Patience);

        // The silent ones are still there.
        since = Stopwatch.GetTimestamp();
        Ending status = await Shell.RunAsync($"'{Programs.Host}' status --scheduler '{farm.Address}'", "/");
        TimeSpan answered = Stopwatch.GetElapsedTime(since);
        Statistics statistics = await farm.StatisticsAsync();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"build {built.TotalSeconds:0.00} s, status {answered.TotalSeconds:0.00} s, {statistics.Remote} remote, {statistics.Local} local"));
        foreach ((NodeProcess node, long kilobytes) in nodes.Zip(before))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"process {node.Id}: {kilobytes} kB before, {node.ResidentKilobytes} kB after, {node.PeakKilobytes} kB at most"));
        }

        Assert.True(ending.ExitCode == 0, $"{ending}\n{statistics}");
        Assert.True(status.ExitCode == 0, status.ToString());
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(Path.Combine(project.Root, "out")), statistics.ToString());
        Assert.True(statistics.Remote > remote, statistics.ToString());
        if (silent > Crowd)
        {
            // In its time. That those who are fewer are closed too, is shown where time is the test's.
            Assert.Equal(silent, await strangers.CountClosedAsync(Patience));
        }

        Assert.All(nodes, node => Assert.False(node.Log.Contains("because of a defect", StringComparison.Ordinal), node.Log));
        Assert.All(nodes.Zip(before), node => Assert.True(node.First.PeakKilobytes - node.Second < MostKilobytes, node.First.Log));
    }

    /// <summary>Opens a thousand channels. On each it announces a frame as long as any may be, and sends four mebibytes of it.</summary>
    private static async Task ChannelsAsync(HostilePeer peer)
    {
        byte[] content = new byte[4 << 20];
        HostilePeer.LengthOf(60 << 20).CopyTo(content, 0);
        for (int channel = 1; channel <= 1000 && peer.Sent < 1L << 30; channel++)
        {
            if (!await peer.OpenAsync(channel) || !await peer.SayAsync(channel, content))
            {
                return;
            }
        }
    }

    private async Task AttackAsync(string what, NodeProcess node, string address, Func<HostilePeer, Task> attack)
    {
        long before = node.ResidentKilobytes;
        using HostilePeer peer = await HostilePeer.ConnectAsync(IPEndPoint.Parse(address));
        await attack(peer);
        long peak = node.PeakKilobytes;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {peer.Sent >> 10} kB were taken, {before} kB before, {peak} kB at most"));
        Assert.True(peak - before < MostKilobytes, $"{what}: from {before} kB to {peak} kB.\n{node.Log}");
    }
}
