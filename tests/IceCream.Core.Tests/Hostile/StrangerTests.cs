using System.Net.Sockets;
using IceCream.Clients;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Storage;
using IceCream.Transport;
using IceCream.Transport.Tls;
using IceCream.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Hostile;

/// <summary>Those who do not belong to the farm, or belong to it and say what nobody says: none is heard, and each is told why where it can be told.</summary>
public sealed class StrangerTests
{
    [Fact]
    public async Task Who_greets_the_scheduler_in_the_clear_is_told_that_the_farm_is_secure()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        foreach (SchedulerMessage hello in (SchedulerMessage[])[GuardedFarm.MonitorHello(), GuardedFarm.WorkerHello("blade"), GuardedFarm.AgentHello("ada@desk", "ada")])
        {
            TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => farm.GreetAsync(null, hello));
            Assert.Contains("speaks in the clear, and this farm does not", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_shows_a_good_lease_to_a_worker_in_the_clear_is_told_the_same()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        SlotLease lease = await farm.LeaseAsync(farm.Join(GuardedFarm.Agent("ada")));
        PeerRefused refusal = Assert.IsType<PeerRefused>(await farm.OfferAsync(null, "ada@desk", lease.Capability));
        Assert.Contains("speaks in the clear", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_member_of_another_farm_is_not_heard_by_scheduler_or_worker(bool atScheduler)
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync(), other = await GuardedFarm.StartAsync();
        NodeCredentials foreign = other.Join(GuardedFarm.Agent("ada"));
        TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => farm.CallAsync(atScheduler ? farm.Scheduler.Address! : farm.Worker.WorkerAddress!, foreign));
        Assert.Contains("another farm", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Workers_give_no_certificates()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        Assert.True(JoinToken.TryParse(farm.Authority.CreateToken(NodeRoles.Agent, TimeSpan.FromHours(1)), out JoinToken? token));
        await Assert.ThrowsAsync<TransportException>(() => new JoinClient(new TcpTransport(), TimeProvider.System).JoinAsync(
            farm.Worker.WorkerAddress!, token, GuardedFarm.Agent("ada"), Path.Combine(farm.Folder, "joined"), null, farm.Deadline));
    }

    [Fact]
    public async Task A_greeting_cut_at_any_byte_ends_its_connection_and_nobody_elses()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        NodeCredentials ada = farm.Join(new NodeIdentity(GuardedFarm.Network, NodeRoles.Agent | NodeRoles.Worker, "desk", "ada"));
        SchedulerClient watching = await farm.GreetAsync(ada, GuardedFarm.MonitorHello());
        foreach (SchedulerMessage hello in (SchedulerMessage[])[GuardedFarm.AgentHello("ada@desk", "ada"), GuardedFarm.WorkerHello("desk"), GuardedFarm.MonitorHello()])
        {
            byte[] whole = SchedulerMessage.Encode(hello);
            for (int length = 0; length < whole.Length; length += Math.Max(1, whole.Length / 12))
            {
                MultiplexedConnection connection = await farm.CallAsync(farm.Scheduler.Address!, ada);
                await connection.Control.SendBytesAsync(whole.AsMemory(0, length), farm.Deadline);
                await connection.Closed.WaitAsync(farm.Deadline);
            }

            // Nothing is wrong with it but what is missing.
            Assert.Equal(GuardedFarm.Network, (await farm.GreetAsync(ada, hello)).Welcome.Network);
        }

        watching.Say(new SchedulerMessage.StatusRequest());
        Assert.IsType<SchedulerMessage.StatusReply>(await watching.ReceiveAsync(farm.Deadline));
    }

    [Fact]
    public async Task A_worker_from_the_network_has_an_address_in_the_network()
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        foreach (FarmAddress address in (FarmAddress[])[FarmAddress.Unix("/run/victim.socket"), FarmAddress.Memory("scheduler")])
        {
            string name = $"w{address.Scheme}";
            var hello = (SchedulerMessage.WorkerHello)GuardedFarm.WorkerHello(name);
            TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => farm.GreetAsync(farm.Join(GuardedFarm.WorkerOf(name)), hello with { Address = address }));
            Assert.Contains("a place of one machine", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("in the clear", "speaks in the clear")]
    [InlineData("of another farm", "another farm")]
    [InlineData("a worker of the farm", "and no scheduler")]
    public async Task An_agent_does_not_believe_a_rogue_scheduler(string rogue, string reason)
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync(), other = await GuardedFarm.StartAsync(isSecure: rogue != "in the clear");
        FarmAddress address = rogue == "a worker of the farm" ? farm.Worker.WorkerAddress! : other.Scheduler.Address!;
        NodeCredentials ada = farm.Join(GuardedFarm.Agent("ada"));
        await using var agent = new DaemonNode(
            new DaemonNodeOptions { Name = "desk", User = "ada", Scheduler = address, StateDirectory = Path.Combine(farm.Folder, "agent"), Credentials = ada },
            new NodeServices { Loggers = farm.Log });
        await agent.StartAsync();
        await farm.Log.FirstAsync(entry => entry.Text.StartsWith("The agent has no scheduler", StringComparison.Ordinal) && entry.Text.Contains(reason, StringComparison.Ordinal), GuardedFarm.Patience);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_agent_sends_nothing_to_who_answers_in_a_workers_place(bool isSecure)
    {
        await using GuardedFarm farm = await GuardedFarm.StartAsync(isSecure);
        NodeCredentials ada = farm.Join(GuardedFarm.Agent("ada"));
        SlotLease lease = await farm.LeaseAsync(ada);
        await using var peers = new PeerPool(
            isSecure ? new TlsTransport(new TcpTransport(), ada, TimeProvider.System) : new TcpTransport(), GuardedFarm.Network, "ada@desk", new Spool(Path.Combine(farm.Folder, "incoming")),
            TimeProvider.System, NullLogger<MultiplexedConnection>.Instance);
        if (isSecure)
        {
            IOException refusal = await Assert.ThrowsAnyAsync<IOException>(() => peers.GetAsync(lease with { Worker = "trusted" }, farm.Deadline).AsTask());
            Assert.Contains("and not the worker 'trusted'", refusal.Message, StringComparison.Ordinal);
        }
        else
        {
            // Without certificates nobody notices.
            Assert.NotNull(await peers.GetAsync(lease with { Worker = "trusted" }, farm.Deadline));
        }
    }

    [Fact]
    public async Task A_scheduler_that_names_a_place_of_one_machine_loses_the_agent()
    {
        await using ITransportListener listener = await new TcpTransport().ListenAsync(FarmAddress.Tcp("127.0.0.1", 0));
        using var log = new LogBook();
        string state = Directory.CreateTempSubdirectory("icecream-hostile-").FullName;
        await using (var agent = new DaemonNode(
            new DaemonNodeOptions { Name = "desk", User = "ada", Scheduler = listener.LocalAddress, StateDirectory = state }, new NodeServices { Loggers = log }))
        {
            await agent.StartAsync();
            using var deadline = new CancellationTokenSource(GuardedFarm.Patience);
            await using var rogue = new MultiplexedConnection((await listener.AcceptAsync(deadline.Token))!);
            await rogue.Control.ReceiveAsync(deadline.Token);
            var lease = new SlotLease(1, "w", FarmAddress.Unix("/run/user/1000/bus"), DateTimeOffset.MaxValue, new byte[8]);
            foreach (SchedulerMessage message in (SchedulerMessage[])[new SchedulerMessage.Welcome("1", "ICECREAM", false), new SchedulerMessage.Grant(lease)])
            {
                await rogue.Control.SendBytesAsync(SchedulerMessage.Encode(message), deadline.Token);
            }

            await log.FirstAsync(static entry => entry.Text.Contains("a place of one machine", StringComparison.Ordinal), GuardedFarm.Patience);
        }

        Directory.Delete(state, recursive: true);
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task Thousands_who_connect_and_say_nothing_or_noise_keep_nobody_waiting()
    {
        const int Count = 5000;
        await using GuardedFarm farm = await GuardedFarm.StartAsync();
        NodeCredentials ada = farm.Join(GuardedFarm.Agent("ada"));
        SchedulerClient watching = await farm.GreetAsync(ada, GuardedFarm.MonitorHello());
        var chance = new Random(1);
        long before = Environment.WorkingSet;
        var crowd = new List<Socket>();
        TimeSpan longest = TimeSpan.Zero;
        for (int i = 0; i < Count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync("127.0.0.1", farm.Scheduler.Address!.Port);
            byte[] said = new byte[chance.Next(0, 2000)];
            chance.NextBytes(said);
            if (i % 3 != 0 && said.Length > 0)
            {
                said[0] = i % 3 == 1 ? (byte)0x16 : said[0];
                try
                {
                    await socket.SendAsync(said);
                }
                catch (SocketException)
                {
                    // It was closed to make room.
                }
            }

            crowd.Add(socket);
            if (i % 100 == 0)
            {
                long asked = TimeProvider.System.GetTimestamp();
                watching.Say(new SchedulerMessage.StatusRequest());
                Assert.IsType<SchedulerMessage.StatusReply>(await watching.ReceiveAsync(CancellationToken.None));
                TimeSpan waited = TimeProvider.System.GetElapsedTime(asked);
                longest = waited > longest ? waited : longest;
            }
        }

        Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 200L << 20);
        crowd.ForEach(static socket => socket.Dispose());
    }
}
