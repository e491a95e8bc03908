using FsCheck;
using FsCheck.Fluent;
using IceCream.Interop.Icecream;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Tests.Nodes;
using IceCream.Transport;
using Xunit;

namespace IceCream.Tests.Interop.Icecream;

/// <summary>Classic monitors at the port of a scheduler that serves a farm.</summary>
public sealed class ClassicMonitorTests : MemoryFarm
{
    private readonly List<ITransportConnection> _connections = [];

    protected override SchedulerNodeOptions SchedulerOptions => base.SchedulerOptions with { ClassicMonitor = true };

    [Theory]
    [InlineData(28)]
    [InlineData(34)]
    [InlineData(42)]
    [InlineData(43)]
    [InlineData(44)]
    public async Task A_monitor_of_each_version_sees_nodes_and_jobs(int version)
    {
        await StartWorkerAsync("blade", Compiler.Writing("object"), slots: 3);
        DaemonNode agent = await StartAgentAsync();
        FakeMonitor monitor = await LookAsync(version);
        Frame blade = await monitor.HearOfAsync("blade");
        Assert.Contains("\nMaxJobs:3\nNoRemote:false\n", blade["text"], StringComparison.Ordinal);
        Frame desk = await monitor.HearOfAsync("ada@desk");

        CompileResult result = await agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", "a.o")).AsTask().WaitAsync(Patience);
        Assert.Equal(JobPlace.Remote, result.Place);
        Frame waits = await monitor.HearAsync(frame => frame.Type == Frame.JobWaits);
        Assert.Equal(("a.c", "0", desk["host"]), (waits["file"], waits["language"], waits["host"]));
        Frame begins = await monitor.HearAsync(frame => frame.Type == Frame.JobBegins);
        Assert.Equal((waits["job"], blade["host"]), (begins["job"], begins["host"]));
        Frame ends = await monitor.HearAsync(frame => frame.Type == Frame.JobEnds);
        Assert.Equal((waits["job"], "0"), (ends["job"], ends["exit"]));
    }

    [Fact]
    public async Task A_monitor_that_comes_later_sees_what_is_under_way()
    {
        var endless = new Endless();
        await StartWorkerAsync("blade", endless);
        await StartAgentAsync();
        await using Launcher launcher = await LaunchAsync("gcc", "-c", "a.c", "-o", "a.o");
        await endless.Started.Task.WaitAsync(Patience);
        FakeMonitor early = await LookAsync(), late;
        await early.HearAsync(frame => frame.Type == Frame.JobBegins);
        late = await LookAsync();
        Frame begins = await late.HearAsync(frame => frame.Type == Frame.JobBegins);
        Assert.Equal("blade", late.Hosts[begins["host"]]);
    }

    [Fact]
    public async Task A_node_that_leaves_is_told()
    {
        DaemonNode worker = await StartWorkerAsync("blade", Compiler.Writing("object"));
        FakeMonitor monitor = await LookAsync();
        Frame blade = await monitor.HearOfAsync("blade");
        await worker.DisposeAsync();
        await monitor.HearAsync(frame => frame.Type == Frame.HostStats && frame["host"] == blade["host"] && frame["text"] == HostText.Offline);
    }

    [Fact]
    public async Task A_daemon_of_icecream_is_told_that_it_is_at_the_wrong_door()
    {
        Stream stream = await ConnectAsync();
        await stream.WriteAsync(Convert.FromHexString("2b0000002b000000" + "0000003100000050" + "0000280500000002"));
        await stream.ReadExactlyAsync(new byte[8]);
        Frame refusal = await Frame.ReadAsync(stream, 43).WaitAsync(Patience);
        Assert.Contains("monitors of icecream", refusal["text"], StringComparison.Ordinal);
        await new FakeMonitor(stream, 43).EndAsync();
    }

    [Theory]
    [InlineData("15000000", 4)]
    [InlineData("1b000000", 4)]
    [InlineData("2b0000002a000000", 8)]
    [InlineData("2b000000ffffffff", 8)]
    public async Task Versions_that_are_not_agreed_on_end_the_connection(string said, int answer)
    {
        Stream stream = await ConnectAsync();
        await stream.WriteAsync(Convert.FromHexString(said));
        await stream.ReadExactlyAsync(new byte[answer]);
        Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task A_monitor_that_goes_on_speaking_is_let_go()
    {
        FakeMonitor monitor = await LookAsync();
        await monitor.Stream.WriteAsync(Convert.FromHexString("0000000400000052"));
        await monitor.EndAsync();
    }

    [Fact]
    public async Task There_is_room_for_some_and_again_when_one_has_left()
    {
        await StartWorkerAsync("blade", Compiler.Writing("object"));
        var monitors = new List<FakeMonitor>();
        for (int i = 0; i < ClassicMonitors.Most; i++)
        {
            monitors.Add(await LookAsync());
            await monitors[i].HearOfAsync("blade");
        }

        FakeMonitor turnedAway = await LookAsync();
        Assert.Equal(Frame.Refusal, (await turnedAway.HearAsync(static _ => true)).Type);
        await turnedAway.EndAsync();

        // Its place is free when the session has seen the end, which may be a moment later.
        await monitors[0].Stream.DisposeAsync();
        while (true)
        {
            FakeMonitor next = await LookAsync();
            if ((await next.HearAsync(static _ => true)).Type == Frame.HostStats)
            {
                return;
            }
        }
    }

    /// <summary>Whatever is said at the port, the connection ends by itself or is one of ours, and the farm goes on.</summary>
    [Fact]
    public void Hostile_bytes_end_their_connection_alone() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(Cases.Or(50)), Prop.ForAll(
        (from first in Gen.Elements("", "1c", "2b000000", "2b0000002b000000", "2b0000002b00000000000004", "2b0000002b00000000000004000000", "160301", "94", "00")
         from rest in Gen.Choose(0, 255).ArrayOf()
         select (byte[])[.. Convert.FromHexString(first), .. rest.Select(static one => (byte)one)]).ToArbitrary(),
        bytes => Task.Run(() => SendAsync(bytes)).GetAwaiter().GetResult()));

    private async Task SendAsync(byte[] bytes)
    {
        Stream stream = await ConnectAsync();
        try
        {
            await stream.WriteAsync(bytes);
        }
        catch (IOException)
        {
            // Closed before it had said all.
        }

        await stream.DisposeAsync();
        FakeMonitor monitor = await LookAsync();
        await monitor.Stream.DisposeAsync();
    }

    private async Task<FakeMonitor> LookAsync(int version = 43)
    {
        var monitor = new FakeMonitor(await ConnectAsync(), version);
        await monitor.GreetAsync();
        return monitor;
    }

    private async Task<Stream> ConnectAsync()
    {
        ITransportConnection connection = await Transport.ConnectAsync(FarmAddress.Memory("scheduler"));
        _connections.Add(connection);
        return connection.Stream;
    }
}
