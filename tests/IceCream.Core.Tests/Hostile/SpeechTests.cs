using IceCream.Clients;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Transport;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Hostile;

/// <summary>
/// Members of the farm who were welcomed as one thing and speak as another: as an agent, as a worker, as the scheduler itself. None is obeyed, and each loses its connection or is told why;
/// what they say is worth saying, for those who may are heard.
/// </summary>
public sealed class SpeechTests
{
    private static readonly SlotLease Lease = new(1, "blade", FarmAddress.Tcp("127.0.0.1", 9), DateTimeOffset.MaxValue, new byte[32]);

    private static readonly Dictionary<string, SchedulerMessage> OfAgents = new()
    {
        ["asks for slots"] = new SchedulerMessage.Demand(1000),
        ["returns the lease of another"] = new SchedulerMessage.ReturnLease(1),
        ["blames a worker"] = new SchedulerMessage.Blame("blade"),
    };

    private static readonly Dictionary<string, SchedulerMessage> OfSchedulers = new()
    {
        ["grants a lease"] = new SchedulerMessage.Grant(Lease),
        ["renews a lease"] = new SchedulerMessage.Renew(Lease),
        ["revokes a lease"] = new SchedulerMessage.Revoke(1),
        ["recalls a lease"] = new SchedulerMessage.Recall(1),
        ["says how large the farm is"] = new SchedulerMessage.Capacity(1000, 1),
        ["welcomes"] = new SchedulerMessage.Welcome("1", GuardedFarm.Network, true),
        ["revokes the keys of others"] = new SchedulerMessage.RevokedKeys([Digest.Of("blade"u8)]),
        ["gives a token"] = new SchedulerMessage.TokenReply("token"),
    };

    private static readonly Dictionary<string, SchedulerMessage> Greetings = new()
    {
        ["greets again as an agent"] = GuardedFarm.AgentHello("eve@desk", "eve"),
        ["greets again as a worker"] = GuardedFarm.WorkerHello("blade"),
    };

    public static TheoryData<string, string> Speeches()
    {
        var rows = new TheoryData<string, string>();
        foreach (string speech in OfSchedulers.Keys.Concat(Greetings.Keys))
        {
            rows.Add("agent", speech);
        }

        foreach (string speaker in (string[])["worker", "monitor"])
        {
            foreach (string speech in OfAgents.Keys.Concat(OfSchedulers.Keys).Concat(Greetings.Keys))
            {
                rows.Add(speaker, speech);
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Speeches))]
    public async Task Who_speaks_as_another_is_not_obeyed(string speaker, string speech)
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        NodeCredentials honest = farm.Join(GuardedFarm.Agent("ada"));
        SlotLease held = await farm.LeaseAsync(honest);
        SchedulerClient enemy = await GreetAsync(farm, speaker);
        SchedulerMessage said = OfAgents.GetValueOrDefault(speech) ?? OfSchedulers.GetValueOrDefault(speech) ?? Greetings[speech];
        enemy.Say(said is SchedulerMessage.ReturnLease ? new SchedulerMessage.ReturnLease(held.Id) : said);
        Assert.True(await IsOverAsync(enemy, farm.Deadline), "It is listened to.");

        // The farm is as it was: the worker is there, and a lease is good for the one to whom it was given.
        Assert.Contains(farm.Scheduler.Describe().Nodes, static node => node.Name == "blade" && node.Slots == 4);
        Assert.IsType<PeerWelcome>(await farm.OfferAsync(honest, honest.Identity.AgentName, held.Capability));
    }

    [Theory]
    [InlineData("asks for slots")]
    [InlineData("blames a worker")]
    public async Task An_agent_that_says_so_is_heard(string speech)
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        SchedulerClient agent = await GreetAsync(farm, "agent");
        agent.Say(OfAgents[speech]);
        agent.Say(new SchedulerMessage.Demand(1));
        while (await agent.ReceiveAsync(farm.Deadline) is { } message)
        {
            if (message is SchedulerMessage.Grant)
            {
                return;
            }
        }

        Assert.Fail("It was granted nothing.");
    }

    /// <summary>What an enemy says about another's lease takes effect where nothing asks whose it is: of its own agent it does.</summary>
    [Fact]
    public async Task A_lease_that_its_own_agent_returns_is_anothers()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        SchedulerClient owner = await farm.GreetAsync(farm.Join(GuardedFarm.Agent("ada")), GuardedFarm.AgentHello("ada@desk", "ada"));
        owner.Say(new SchedulerMessage.Demand(1));
        SlotLease held = await GrantAsync(owner, farm.Deadline);
        SchedulerClient other = await farm.GreetAsync(farm.Join(GuardedFarm.Agent("bob")), GuardedFarm.AgentHello("bob@desk", "bob"));
        other.Say(new SchedulerMessage.Demand(4));
        for (int slot = 0; slot < 3; slot++)
        {
            await GrantAsync(other, farm.Deadline);
        }

        owner.Say(new SchedulerMessage.Demand(0));
        owner.Say(new SchedulerMessage.ReturnLease(held.Id));
        Assert.Equal("blade", (await GrantAsync(other, farm.Deadline)).Worker);
    }

    /// <summary>A second greeting does nothing because it is the second: the same words make a node of whoever says them first.</summary>
    [Theory]
    [InlineData("agent", "eve@desk")]
    [InlineData("worker", "rogue")]
    public async Task Who_greets_for_the_first_time_is_what_he_says(string speaker, string name)
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        Assert.DoesNotContain(farm.Scheduler.Describe().Nodes, node => node.Name == name);
        SchedulerClient speaking = await GreetAsync(farm, speaker);
        if (speaker == "agent")
        {
            // What an agent asks for is answered once it is in the roster.
            speaking.Say(new SchedulerMessage.Demand(1));
            await GrantAsync(speaking, farm.Deadline);
        }
        else
        {
            await farm.Log.FirstAsync(static entry => entry.Text.StartsWith("Worker 'rogue'", StringComparison.Ordinal), GuardedFarm.Patience);
        }

        Assert.Contains(farm.Scheduler.Describe().Nodes, node => node.Name == name);
    }

    /// <summary>What nobody obeys of an agent, a worker or a monitor, an agent obeys of whoever it takes for its scheduler.</summary>
    [Fact]
    public async Task An_agent_obeys_the_words_of_a_scheduler_when_the_scheduler_says_them()
    {
        await using ITransportListener listener = await new TcpTransport().ListenAsync(FarmAddress.Tcp("127.0.0.1", 0));
        string state = Directory.CreateTempSubdirectory("icecream-hostile-").FullName;
        await using (var agent = new DaemonNode(new DaemonNodeOptions { Name = "desk", User = "ada", Scheduler = listener.LocalAddress, StateDirectory = state }))
        {
            await agent.StartAsync();
            using var deadline = new CancellationTokenSource(GuardedFarm.Patience);
            await using var scheduler = new MultiplexedConnection((await listener.AcceptAsync(deadline.Token))!);
            await scheduler.Control.ReceiveAsync(deadline.Token);
            SlotLease lease = Lease with { Expires = TimeProvider.System.GetUtcNow().AddMinutes(1) };
            foreach (SchedulerMessage message in (SchedulerMessage[])[new SchedulerMessage.Welcome("1", GuardedFarm.Network, false), new SchedulerMessage.Grant(lease), new SchedulerMessage.Recall(lease.Id)])
            {
                await scheduler.Control.SendBytesAsync(SchedulerMessage.Encode(message), deadline.Token);
            }

            SchedulerMessage? heard;
            do
            {
                heard = SchedulerMessage.Decode((await scheduler.Control.ReceiveAsync(deadline.Token))!.Value);
            }
            while (heard is not SchedulerMessage.ReturnLease);

            Assert.Equal(new SchedulerMessage.ReturnLease(lease.Id), heard);
        }

        Directory.Delete(state, recursive: true);
    }

    private static async Task<SlotLease> GrantAsync(SchedulerClient client, CancellationToken deadline)
    {
        while (await client.ReceiveAsync(deadline) is { } message)
        {
            if (message is SchedulerMessage.Grant grant)
            {
                return grant.Lease;
            }
        }

        throw new InvalidOperationException("The scheduler grants nothing.");
    }

    private static Task<SchedulerClient> GreetAsync(GuardedFarm farm, string speaker) => speaker switch
    {
        "agent" => farm.GreetAsync(farm.Join(GuardedFarm.Agent("eve")), GuardedFarm.AgentHello("eve@desk", "eve")),
        "worker" => farm.GreetAsync(farm.Join(GuardedFarm.WorkerOf("rogue")), GuardedFarm.WorkerHello("rogue")),
        _ => farm.GreetAsync(farm.Join(new NodeIdentity(GuardedFarm.Network, NodeRoles.Monitor, "wall", "eve")), GuardedFarm.MonitorHello()),
    };

    /// <summary>Whether the connection ends, or a refusal comes.</summary>
    private static async Task<bool> IsOverAsync(SchedulerClient client, CancellationToken deadline)
    {
        try
        {
            while (await client.ReceiveAsync(deadline) is { } message)
            {
                if (message is SchedulerMessage.Refused)
                {
                    return true;
                }
            }

            return true;
        }
        catch (TransportException)
        {
            return true;
        }
    }
}
