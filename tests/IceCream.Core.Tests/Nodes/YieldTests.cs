using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Platform;
using IceCream.Transport;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>One agent per socket: one that a launcher started leaves it to one that was meant, and loses no job by it.</summary>
public sealed class YieldTests : MemoryFarm
{
    [Fact]
    public async Task A_daemon_takes_over_and_what_was_under_way_ends_where_it_began()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Compiler good = Compiler.Writing("object");
        await StartWorkerAsync("blade", new Compiler(async (job, cancellationToken) =>
        {
            if (started.TrySetResult())
            {
                await go.Task.WaitAsync(cancellationToken);
            }

            return await good.ExecuteAsync(job, cancellationToken);
        }));
        DaemonNode first = await StartAsync(Options("first") with { Socket = Socket, Yields = true }, new NodeServices());
        Assert.True(await first.AwaitFarmAsync(Patience));
        await using Launcher under = await LaunchAsync("gcc", "-c", "a.c");
        await started.Task.WaitAsync(Patience);

        DaemonNode second = await StartAsync(Options("second") with { Socket = Socket }, new NodeServices());
        Assert.True(await second.AwaitFarmAsync(Patience));
        File.WriteAllText(Path.Combine(Folder, "b.c"), "int b;\n");
        await using Launcher next = await LaunchAsync("gcc", "-c", "b.c");
        Assert.IsType<LauncherMessage.Finished>(await next.AnswerAsync());
        Assert.False(first.Completion.IsCompleted);

        go.SetResult();
        Assert.Equal(0, Assert.IsType<LauncherMessage.Finished>(await under.AnswerAsync()).ExitCode);
        await first.Completion.WaitAsync(Patience);
        Assert.Equal((1, 1), (first.Describe().Remote, second.Describe().Remote));

        // The one that left takes nothing of the other's with it.
        await first.DisposeAsync();
        Assert.Equal(1, (await AgentMonitor.GetStatisticsAsync(Socket)).Remote);
    }

    [Fact]
    public async Task A_compiler_that_a_launcher_became_is_waited_for()
    {
        DaemonNode first = await StartAsync(Options("first") with { Socket = Socket, Yields = true }, new NodeServices());
        Launcher compiler = await LaunchAsync("gcc", "a.c", "-o", "program");
        Assert.IsType<LauncherMessage.RunHere>(await compiler.AnswerAsync());
        await StartAsync(Options("second") with { Socket = Socket }, new NodeServices());
        Assert.False(first.Completion.IsCompleted);

        await compiler.DisposeAsync();
        await first.Completion.WaitAsync(Patience);
    }

    [Fact]
    public async Task Of_many_that_were_started_by_the_way_one_has_the_socket_and_keeps_it_among_them()
    {
        await StartAsync(Options("first") with { Socket = Socket, Yields = true }, new NodeServices());
        await Assert.ThrowsAsync<AgentAlreadyRunsException>(() => StartAsync(Options("second") with { Socket = Socket, Yields = true }, new NodeServices()));
    }

    [Fact]
    public async Task A_daemon_of_its_own_right_stays_and_says_which_process_it_is()
    {
        await StartAsync(Options("first") with { Socket = Socket }, new NodeServices());
        AgentAlreadyRunsException refusal = await Assert.ThrowsAsync<AgentAlreadyRunsException>(() => StartAsync(Options("second") with { Socket = Socket }, new NodeServices()));
        Assert.Contains($"process {Environment.ProcessId} ", refusal.Message, StringComparison.Ordinal);
        Assert.Empty((await AgentMonitor.GetStatisticsAsync(Socket)).Recent);
    }

    [Fact]
    public async Task An_agent_of_an_earlier_version_leaves_to_the_next_launcher_if_a_launcher_started_it()
    {
        DaemonNode old = await StartAsync(Options("old") with { Socket = Socket, Yields = true }, new NodeServices());
        string mark = Socket + AgentSocket.MarkSuffix;
        File.WriteAllText(mark, "1");
        ITransportConnection connection = await new UnixTransport().ConnectAsync(FarmAddress.Unix(Socket));
        await using (connection)
        {
            var channel = new AgentChannel(connection.Stream);
            await channel.SendAsync(new LauncherMessage.ForeignRequest(LauncherCodec.Version + 1), default);
            Assert.IsType<LauncherMessage.Refused>(await channel.ReceiveAsync(default).AsTask().WaitAsync(Patience));
        }

        await old.Completion.WaitAsync(Patience);
        Assert.False(File.Exists(Socket));
        Assert.False(File.Exists(mark));
        using FileStream? free = FileLock.TryTake(Socket + ".lock");
        Assert.NotNull(free);
    }

    /// <summary>Launchers of two versions that share a socket would otherwise end each other's agent by turns.</summary>
    [Fact]
    public async Task An_agent_of_a_later_version_stays_when_an_earlier_launcher_comes()
    {
        await StartAsync(Options("new") with { Socket = Socket, Yields = true }, new NodeServices());
        await using ITransportConnection connection = await new UnixTransport().ConnectAsync(FarmAddress.Unix(Socket));
        var channel = new AgentChannel(connection.Stream);
        await channel.SendAsync(new LauncherMessage.ForeignRequest(LauncherCodec.Version - 1), default);
        var refused = Assert.IsType<LauncherMessage.Refused>(await channel.ReceiveAsync(default).AsTask().WaitAsync(Patience));
        Assert.Contains("the older of the two", refused.Text, StringComparison.Ordinal);
        Assert.Null(await channel.ReceiveAsync(default).AsTask().WaitAsync(Patience));

        // Its session is over, and it is still there.
        Assert.Equal(0, (await AgentMonitor.GetStatisticsAsync(Socket)).Remote);
    }
}
