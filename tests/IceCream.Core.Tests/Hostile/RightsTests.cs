using IceCream.Clients;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Transport;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Hostile;

/// <summary>
/// Those who belong to the farm, and want more than their certificate allows. Each attempt is made twice: against a farm with certificates, where it fails, and
/// against one without, where it succeeds.
/// </summary>
public sealed class RightsTests
{
    private static readonly Dictionary<string, (NodeIdentity As, SchedulerMessage Hello)> Greetings = new()
    {
        ["an agent as a worker"] = (GuardedFarm.Agent("ada"), GuardedFarm.WorkerHello("desk")),
        ["an agent under the name of another user"] = (GuardedFarm.Agent("ada"), GuardedFarm.AgentHello("bob@desk", "bob")),
        ["an agent on the share of another user"] = (GuardedFarm.Agent("ada"), GuardedFarm.AgentHello("ada@desk", "bob")),
        ["an agent of another machine"] = (GuardedFarm.Agent("ada"), GuardedFarm.AgentHello("ada@other", "ada")),
        ["an agent under a name that only begins like its own"] = (GuardedFarm.Agent("ada"), GuardedFarm.AgentHello("ada@desk2", "ada")),
        ["a worker under the name of another"] = (GuardedFarm.WorkerOf("rogue"), GuardedFarm.WorkerHello("blade")),
        ["a worker as an agent"] = (GuardedFarm.WorkerOf("rogue"), GuardedFarm.AgentHello("icecream@rogue", "icecream")),
        ["a monitor as a worker"] = (new(GuardedFarm.Network, NodeRoles.Monitor, "wall", "eve"), GuardedFarm.WorkerHello("wall")),
        ["a monitor as an agent"] = (new(GuardedFarm.Network, NodeRoles.Monitor, "wall", "eve"), GuardedFarm.AgentHello("eve@wall", "eve")),
        ["a standby scheduler as a worker"] = (new(GuardedFarm.Network, NodeRoles.Scheduler, "second", "root"), GuardedFarm.WorkerHello("second")),
    };

    public static TheoryData<string> EachGreeting => [.. Greetings.Keys];

    [Theory]
    [MemberData(nameof(EachGreeting))]
    public async Task A_greeting_beyond_the_certificate_is_refused_with_the_reason(string attempt)
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        (NodeIdentity identity, SchedulerMessage hello) = Greetings[attempt];
        TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => farm.GreetAsync(farm.Join(identity), hello));
        Assert.Contains("refused: Its certificate is", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(EachGreeting))]
    public async Task Without_certificates_it_is_welcome(string attempt)
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync(isSecure: false);
        SchedulerClient client = await farm.GreetAsync(null, Greetings[attempt].Hello);
        Assert.Equal(GuardedFarm.Network, client.Welcome.Network);
    }

    /// <summary>With certificates a name is the certificate's, which has been looked at; without, it is anybody's.</summary>
    [Fact]
    public async Task A_name_that_no_line_can_show_is_refused_and_a_remark_is_cleaned()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync(isSecure: false);
        foreach (SchedulerMessage hello in (SchedulerMessage[])
            [GuardedFarm.WorkerHello(""), GuardedFarm.WorkerHello("w\u001b[2J"), GuardedFarm.AgentHello("", "eve"), GuardedFarm.AgentHello("eve@desk\n", "eve"), GuardedFarm.AgentHello("eve@desk", "e\u202eve")])
        {
            TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => farm.GreetAsync(null, hello));
            Assert.Contains("no line can show", refusal.Message, StringComparison.Ordinal);
        }

        await farm.GreetAsync(null, (SchedulerMessage.WorkerHello)GuardedFarm.WorkerHello("w") with { Slots = 0, Remark = "no\u001b[2J" });
        await farm.Log.FirstAsync(static entry => entry.Text.Contains("Worker 'w'", StringComparison.Ordinal), GuardedFarm.Patience);
        SchedulerClient monitor = await farm.GreetAsync(null, GuardedFarm.MonitorHello());
        monitor.Say(new SchedulerMessage.DrainRequest("", "mine"));
        Assert.IsType<SchedulerMessage.Refused>(await monitor.ReceiveAsync(farm.Deadline));
        monitor.Say(new SchedulerMessage.DrainRequest("blade", "mine\u001b[2J"));
        Assert.IsType<SchedulerMessage.DrainReply>(await monitor.ReceiveAsync(farm.Deadline));
        Assert.Equal(["mine\ufffd[2J", "no\ufffd[2J"], farm.Scheduler.Describe().Nodes.Where(static node => node.Remark.Length > 0).Select(static node => node.Remark).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Whoever_belongs_to_the_farm_may_look()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        foreach (NodeIdentity identity in (NodeIdentity[])[GuardedFarm.Agent("ada"), GuardedFarm.WorkerOf("w"), new(GuardedFarm.Network, NodeRoles.Monitor, "wall", "eve")])
        {
            SchedulerClient client = await farm.GreetAsync(farm.Join(identity), GuardedFarm.MonitorHello());
            client.Say(new SchedulerMessage.StatusRequest());
            Assert.IsType<SchedulerMessage.StatusReply>(await client.ReceiveAsync(farm.Deadline));
        }
    }

    [Fact]
    public async Task Only_a_node_itself_may_drain_it_over_the_network()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        SchedulerClient monitor = await farm.GreetAsync(farm.Join(new(GuardedFarm.Network, NodeRoles.Monitor, "wall", "eve")), GuardedFarm.MonitorHello());
        monitor.Say(new SchedulerMessage.DrainRequest("blade", "mine"));
        Assert.IsType<SchedulerMessage.Refused>(await monitor.ReceiveAsync(farm.Deadline));
        SchedulerClient own = await farm.GreetAsync(farm.Join(GuardedFarm.WorkerOf("tired")), GuardedFarm.MonitorHello());
        own.Say(new SchedulerMessage.DrainRequest("tired", "a new disk"));
        Assert.IsType<SchedulerMessage.DrainReply>(await own.ReceiveAsync(farm.Deadline));
        Assert.DoesNotContain(farm.Scheduler.Describe().Nodes, static node => node.State == "drained");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nobody_gets_a_token_or_revokes_over_the_network(bool isSecure)
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync(isSecure);
        foreach (SchedulerMessage wish in (SchedulerMessage[])[new SchedulerMessage.TokenRequest(NodeRoles.Worker, TimeSpan.FromHours(1), 1), new SchedulerMessage.RevokeRequest("blade")])
        {
            SchedulerClient client = await farm.GreetAsync(isSecure ? farm.Join(GuardedFarm.Agent("ada", Guid.NewGuid().ToString("N"))) : null, GuardedFarm.MonitorHello());
            client.Say(wish);
            Assert.IsType<SchedulerMessage.Refused>(await client.ReceiveAsync(farm.Deadline));
        }
    }

    [Fact]
    public async Task A_lease_is_good_for_the_agent_that_it_was_given_to()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        NodeCredentials ada = farm.Join(GuardedFarm.Agent("ada"));
        SlotLease lease = await farm.LeaseAsync(ada);
        Assert.IsType<PeerWelcome>(await farm.OfferAsync(ada, ada.Identity.AgentName, lease.Capability));
    }

    [Theory]
    [InlineData("eve", "eve@desk")]
    [InlineData("eve", "ada@desk")]
    public async Task A_lease_that_was_given_to_another_is_refused(string user, string claimed)
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        SlotLease lease = await farm.LeaseAsync(farm.Join(GuardedFarm.Agent("ada")));
        Assert.IsType<PeerRefused>(await farm.OfferAsync(farm.Join(GuardedFarm.Agent(user)), claimed, lease.Capability));
        Assert.IsType<PeerRefused>(await farm.OfferAsync(farm.Join(GuardedFarm.WorkerOf("rogue")), claimed, lease.Capability));
    }

    [Fact]
    public async Task Without_certificates_a_lease_is_good_for_whoever_has_heard_it()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync(isSecure: false);
        SlotLease lease = await farm.LeaseAsync(farm.Join(GuardedFarm.Agent("ada")));
        Assert.IsType<PeerWelcome>(await farm.OfferAsync(null, "eve@desk", lease.Capability));
    }

    [Fact]
    public async Task A_lease_of_ones_own_making_is_refused()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        NodeCredentials ada = farm.Join(GuardedFarm.Agent("ada"));
        byte[] real = (await farm.LeaseAsync(ada)).Capability.ToArray();
        byte[][] forged =
        [
            LeaseCapability.Create(new byte[32], 1, ada.Identity.AgentName, DateTimeOffset.MaxValue), [], new byte[16], new byte[512], real[..^1], [.. real, 0],
            .. Enumerable.Range(0, real.Length).Select(at => (byte[])[.. real[..at], (byte)(real[at] ^ 1), .. real[(at + 1)..]]),
        ];
        foreach (byte[] capability in forged.Where((_, i) => i < 6 || i % 7 == 0))
        {
            Assert.IsType<PeerRefused>(await farm.OfferAsync(ada, ada.Identity.AgentName, capability));
        }
    }

    [Fact]
    public async Task Who_is_revoked_loses_its_connections_to_the_scheduler_and_to_workers_at_once()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        NodeCredentials ada = farm.Join(GuardedFarm.Agent("ada"));
        SlotLease lease = await farm.LeaseAsync(ada);
        MultiplexedConnection atWorker = await farm.CallAsync(farm.Worker.WorkerAddress!, ada);
        await atWorker.Control.SendAsync(
            new PeerHello(PeerMessage.Version, GuardedFarm.Network, ada.Identity.AgentName, lease.Capability), static (hello, output) => hello.Encode(output), farm.Deadline);
        Assert.NotNull(await atWorker.Control.ReceiveAsync(farm.Deadline));

        Assert.Equal(1, farm.Authority.Revoke("desk"));
        await atWorker.Closed.WaitAsync(farm.Deadline);
        TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => farm.CallAsync(farm.Worker.WorkerAddress!, ada));
        Assert.Contains("has been revoked", refusal.Message, StringComparison.Ordinal);
        refusal = await Assert.ThrowsAsync<TransportException>(() => farm.GreetAsync(ada, GuardedFarm.MonitorHello()));
        Assert.Contains("has been revoked", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_is_revoked_is_out_of_the_farm_at_once()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        Assert.Contains(farm.Scheduler.Describe().Nodes, static node => node.Name == "blade");
        farm.Authority.Revoke("blade");
        await farm.Log.FirstAsync(static entry => entry.Text.Contains("'blade'", StringComparison.Ordinal) && entry.Text.Contains("has left", StringComparison.Ordinal), GuardedFarm.Patience);
        Assert.DoesNotContain(farm.Scheduler.Describe().Nodes, static node => node.Name == "blade");
    }
}
