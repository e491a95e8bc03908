using IceCream.Clients;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Transport;
using Xunit;

namespace IceCream.Embedding.Tests;

/// <summary>Nodes of several machines: here they are one machine's, over TCP.</summary>
public sealed class SecuredFarmTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Who_has_joined_by_a_token_compiles_on_the_farm()
    {
        using var project = new Project();
        using FarmAuthority authority = FarmAuthority.Open(Path.Combine(project.State, "authority"), "ICECREAM");
        await using var scheduler = new SchedulerNode(new SchedulerNodeOptions { Listen = FarmAddress.Tcp("127.0.0.1", 0), Authority = authority, Discoverable = false });
        await scheduler.StartAsync();
        string token = authority.CreateToken(NodeRoles.Agent | NodeRoles.Worker, TimeSpan.FromHours(1), uses: 2);

        DaemonNodeOptions Options(string name) => new() { Name = name, User = "ada", Scheduler = scheduler.Address, StateDirectory = Path.Combine(project.State, name) };
        DaemonNodeOptions ofWorker = Options("blade") with { Listen = FarmAddress.Tcp("127.0.0.1", 0), Socket = Path.Combine(project.State, "blade.socket") };
        using NodeCredentials workers = await DaemonNode.JoinAsync(ofWorker, token);
        await using var worker = new DaemonNode(ofWorker with { Credentials = workers });
        await worker.StartAsync();

        // Another start of the machine finds what it was given.
        DaemonNodeOptions ofAgent = Options("desk") with { Listen = FarmAddress.Tcp("127.0.0.1", 0), Slots = 1, Socket = Path.Combine(project.State, "desk.socket") };
        (await DaemonNode.JoinAsync(ofAgent, token)).Dispose();
        using NodeCredentials agents = NodeCredentials.Load(NodeCredentials.FolderIn(ofAgent.StateDirectory))!;
        Assert.Equal(new NodeIdentity("ICECREAM", NodeRoles.Agent | NodeRoles.Worker, "desk", "ada"), agents.Identity);
        await using var agent = new DaemonNode(ofAgent with { Credentials = agents });
        await agent.StartAsync();
        Assert.True(await agent.AwaitFarmAsync(Patience), agent.ReasonToStay?.ToString());
        Assert.Equal(JobPlace.Remote, (await project.CompileAsync(agent)).Place);

        // A token is good for as many machines as it was made for.
        IOException refusal = await Assert.ThrowsAnyAsync<IOException>(() => DaemonNode.JoinAsync(Options("third"), token).AsTask());
        Assert.Contains("does not take this machine in", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => DaemonNode.JoinAsync(Options("third"), "no token").AsTask());
    }

    [Fact]
    public async Task A_farm_is_looked_at_from_outside()
    {
        using var project = new Project();
        await using var scheduler = new SchedulerNode(new SchedulerNodeOptions { Listen = FarmAddress.Tcp("127.0.0.1", 0), Discoverable = false });
        await scheduler.StartAsync();
        await using var worker = new DaemonNode(new DaemonNodeOptions
        {
            Name = "blade", Slots = 3, Scheduler = scheduler.Address, Listen = FarmAddress.Tcp("127.0.0.1", 0), StateDirectory = project.State,
        });
        await worker.StartAsync();

        // An agent of another state directory: when it can do jobs, the worker is there.
        await using var agent = new DaemonNode(new DaemonNodeOptions { Name = "desk", Scheduler = scheduler.Address, StateDirectory = Path.Combine(project.State, "desk") });
        await agent.StartAsync();
        Assert.True(await agent.AwaitFarmAsync(Patience), agent.ReasonToStay?.ToString());
        FarmStatus status = await FarmMonitor.GetStatusAsync(new TcpTransport(), scheduler.Address!, "ICECREAM");
        NodeInfo blade = Assert.Single(status.Nodes, static node => node.Name == "blade");
        Assert.Equal((3, "ready"), (blade.Slots, blade.State));
        IOException wrong = await Assert.ThrowsAnyAsync<IOException>(() => FarmMonitor.GetStatusAsync(new TcpTransport(), scheduler.Address!, "OTHER").AsTask());
        Assert.Contains("OTHER", wrong.Message, StringComparison.Ordinal);
    }
}
