using System.Buffers;
using FsCheck;
using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Tests.Monitoring;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Wire;

public sealed class SchedulerMessagesTests
{
    [Property(MaxTest = 50)]
    public void Every_message_comes_back_as_it_was(NonNegativeInt number, long id, bool flag, byte[] bytes)
    {
        foreach (SchedulerMessage message in All(number.Get % (WireLimits.Slots + 1), id, flag, bytes))
        {
            SchedulerMessage back = Decode(SchedulerMessage.Encode(message));
            Assert.Equivalent(Plain(message), Plain(back), strict: true);
            Assert.Equal(SchedulerMessage.Encode(message), SchedulerMessage.Encode(back));
        }
    }

    [Fact]
    public void A_message_that_is_cut_short_is_refused()
    {
        foreach (byte[] bytes in All(2, 3, true, [4]).Select(SchedulerMessage.Encode))
        {
            for (int length = 0; length < bytes.Length; length++)
            {
                Assert.Throws<WireFormatException>(() => Decode(bytes[..length]));
            }
        }
    }

    [Property(MaxTest = 500)]
    public void Damaged_bytes_are_a_message_or_refused(int which, int at, byte value)
    {
        byte[][] all = [.. All(2, 3, true, [4]).Select(SchedulerMessage.Encode)];
        byte[] bytes = all[(uint)which % all.Length];
        bytes[(uint)at % bytes.Length] = value;
        Exception? refusal = Record.Exception(() => Decode(bytes));
        Assert.True(refusal is null or WireFormatException, refusal?.ToString());
    }

    [Fact]
    public void An_unknown_tag_is_refused() => Assert.Throws<WireFormatException>(() => Decode([0x91, 20]));

    [Fact]
    public void A_list_beyond_the_limit_is_refused() =>
        Assert.Throws<WireFormatException>(() => Decode(
            [0x98, 2, SchedulerMessage.ProtocolVersion, 0xa0, 0xa0, 0xa0, 0xa0, 0xdd, 0x00, 0x01, 0x00, 0x01, .. new byte[WireLimits.Items + 1]]));

    [Theory]
    [InlineData(WireLimits.Slots + 1)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public void More_slots_than_a_node_has_are_refused(int slots)
    {
        SchedulerMessage[] messages =
        [
            new SchedulerMessage.WorkerHello(SchedulerMessage.ProtocolVersion, "net", "w", FarmAddress.Unix("/s"), "x86_64", slots, new byte[32], "", 0),
            new SchedulerMessage.Demand(slots),
            new SchedulerMessage.WorkerLoad(NodeLoad.Unknown with { Running = slots }),
        ];
        Assert.All(messages, message => Assert.Throws<WireFormatException>(() => Decode(SchedulerMessage.Encode(message))));
    }

    [Theory]
    [InlineData(new byte[] { 0x99, 1, SchedulerMessage.ProtocolVersion, 0xa0, 0xa0, 0xa0, 0xa0, 0, 0xc4, 0, 0xa0 })]
    [InlineData(new byte[] { 0x94, 3, SchedulerMessage.ProtocolVersion, 0xa0, 0xa0 })]
    [InlineData(new byte[] { 0x93, 3, SchedulerMessage.ProtocolVersion, 0xc0 })]
    public void A_greeting_of_this_version_has_its_fields(byte[] greeting) => Assert.Throws<WireFormatException>(() => Decode(greeting));

    [Fact]
    public void What_a_job_cannot_have_cost_is_refused()
    {
        byte[] ended = SchedulerMessage.Encode(new SchedulerMessage.JobEnded(new CostReport { Lease = 1, Keys = default, Outcome = JobOutcome.Failed }));
        int outcome = Array.IndexOf(ended, (byte)JobOutcome.Failed);
        Assert.IsType<SchedulerMessage.JobEnded>(Decode(ended));
        ended[outcome] = 77;
        Assert.Throws<WireFormatException>(() => Decode(ended));
        ended[outcome] = 1;
        ended[^1] = 0;
        Assert.Throws<WireFormatException>(() => Decode(ended));
    }

    [Fact]
    public void The_longest_greeting_of_an_agent_is_heard()
    {
        string name = new('n', WireLimits.Name);
        var lease = new SlotLease(long.MaxValue, name, FarmAddress.Unix("/" + new string('p', WireLimits.Address - 6)), DateTimeOffset.MaxValue, new byte[WireLimits.Capability]);
        byte[] greeting = SchedulerMessage.Encode(new SchedulerMessage.AgentHello(SchedulerMessage.ProtocolVersion, name, name, name, name, SchedulerMessage.ThatFit(Enumerable.Repeat(lease, 5000))));
        Assert.InRange(greeting.Length, WireLimits.ToScheduler / 2, WireLimits.ToScheduler);
        Assert.InRange(Assert.IsType<SchedulerMessage.AgentHello>(Decode(greeting)).Held.Length, 40, WireLimits.HeldLeases);
    }

    [Fact]
    public void A_greeting_has_room_for_leases_of_ordinary_names()
    {
        var lease = new SlotLease(1_700_000_000_000, "blade17.example.org", FarmAddress.Tcp("blade17.example.org", 10245), DateTimeOffset.MaxValue, new byte[80]);
        Assert.Equal(WireLimits.HeldLeases, SchedulerMessage.ThatFit(Enumerable.Repeat(lease, 300)).Length);
    }

    [Fact]
    public void However_long_texts_are_events_fit_into_messages_that_a_scheduler_takes()
    {
        string text = string.Concat(Enumerable.Repeat("\u6f22\ud83c\udf66", 50_000));
        JobFinished finished = Events.Finished(long.MaxValue, reason: text);
        finished = finished with { Record = finished.Record with { Subject = text, Directory = "/" + text, Timeline = new JobTimeline([.. Enumerable.Repeat(new JobStretch(JobStep.Compile, TimeSpan.MaxValue), 1000)]) } };
        JobEvent[] all = [.. Enumerable.Repeat<JobEvent>(finished, 3000), .. Enumerable.Repeat<JobEvent>(Events.Step(1), 3000)];
        SchedulerMessage.JobEvents[] messages = [.. SchedulerMessage.JobEvents.Of(Events.Noon, 1, all)];
        Assert.Equal(all.Length, messages.Sum(static message => message.Events.Length));
        foreach (byte[] bytes in messages.Select(SchedulerMessage.Encode))
        {
            Assert.InRange(bytes.Length, 1, WireLimits.ToScheduler);
            Assert.NotEmpty(Assert.IsType<SchedulerMessage.JobEvents>(Decode(bytes)).Events);
        }
    }

    private static SchedulerMessage Decode(byte[] bytes) => SchedulerMessage.Decode(new ReadOnlySequence<byte>(bytes));

    private static SchedulerMessage[] All(int number, long id, bool flag, byte[] bytes)
    {
        var lease = new SlotLease(id, "w", FarmAddress.Tcp("::1", 7), new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), bytes);
        var node = new NodeInfo { Name = "n", Address = "a", Platform = "p", Slots = number, Running = 1, Waiting = 2, State = "s", Remark = "r", Speed = 0.25, SpeedJobs = 3, Memory = number, Load = new NodeLoad(1, 2, -1, 4) };
        return
        [
            new SchedulerMessage.WorkerHello(SchedulerMessage.ProtocolVersion, "net", "w", FarmAddress.Unix("/s"), "x86_64", number, bytes, "why", number),
            new SchedulerMessage.AgentHello(SchedulerMessage.ProtocolVersion, "net", "a", "ann", "x86_64", [lease, lease with { Id = 5 }]),
            new SchedulerMessage.MonitorHello(SchedulerMessage.ProtocolVersion, "net"),
            new SchedulerMessage.Welcome("1.2", "net", flag),
            new SchedulerMessage.Refused("no"),
            new SchedulerMessage.Demand(number, number),
            new SchedulerMessage.ReturnLease(id),
            new SchedulerMessage.Grant(lease),
            new SchedulerMessage.Renew(lease),
            new SchedulerMessage.Recall(id),
            new SchedulerMessage.Revoke(id),
            new SchedulerMessage.Capacity(number, long.MaxValue),
            new SchedulerMessage.WorkerLoad(new NodeLoad(number, flag ? -1 : 1000, 3, -1)),
            new SchedulerMessage.StatusRequest(),
            new SchedulerMessage.StatusReply(new FarmStatus { Network = "net", Version = "1", Insecure = flag, Nodes = [node, node with { Name = "m" }] }),
            new SchedulerMessage.JobEnded(new CostReport
            {
                Lease = id,
                Keys = new CostKeys(ulong.MaxValue, (ulong)number),
                Outcome = flag ? JobOutcome.Compiled : JobOutcome.ShortOfMemory,
                Usage = new JobUsage(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), 1 << 20),
                Fetch = TimeSpan.FromTicks(number),
                BytesIn = 7,
                BytesOut = number,
                Running = number % 9 + 1,
            }),
            new SchedulerMessage.Blame("w"),
            new SchedulerMessage.Outrun("w", 0.125),
            new SchedulerMessage.Costs([new KnownCost(ulong.MaxValue, flag, 1.5, number), new KnownCost(3, !flag, 0.001, 0)]),
            new SchedulerMessage.DrainRequest("n", flag ? null : "a new disk"),
            new SchedulerMessage.DrainReply(flag),
            new SchedulerMessage.Watch(),
            new SchedulerMessage.BuildsRequest(),
            new SchedulerMessage.BuildJobsRequest(number),
            new SchedulerMessage.ReadTokenRequest(TimeSpan.FromSeconds(number)),
            new SchedulerMessage.JobEvents(lease.Expires, number, []),
            new SchedulerMessage.JobEvents(lease.Expires, number,
            [
                Events.Begun(id, build: "nightly"), Events.Step(id), Events.Finished(id, reason: flag ? "no" : "", exit: number), Events.Finished(number, place: JobPlace.Local),
                new JobsForgotten { At = lease.Expires, Agent = "a" }, new JobEventsLost { At = lease.Expires, Count = 1L + number },
                Events.Finished(id) with { Record = Events.Finished(id).Record with { Slot = number } },
            ]),
        ];
    }

    /// <summary>Memory and lists compare by reference within records: here as what is in them.</summary>
    private static object[] Plain(SchedulerMessage message) => message switch
    {
        SchedulerMessage.WorkerHello m => [(m with { Key = default }).ToString(), m.Key.ToArray()],
        SchedulerMessage.AgentHello m => [m.Version, m.Network, m.Name, m.User, m.Platform, .. m.Held.SelectMany(Plain)],
        SchedulerMessage.Grant m => ["grant", .. Plain(m.Lease)],
        SchedulerMessage.Renew m => ["renew", .. Plain(m.Lease)],
        SchedulerMessage.StatusReply m => [m.Status.Network, m.Status.Version, m.Status.Insecure, .. m.Status.Nodes],
        _ => [message.GetType().Name, message.ToString()],
    };

    private static object[] Plain(SlotLease lease) => [lease.Id, lease.Worker, lease.Address.ToString(), lease.Expires, lease.Capability.ToArray()];
}
