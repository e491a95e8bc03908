using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Platform;
using IceCream.Transport;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>Daemons in a farm whose nodes come and go.</summary>
public sealed class DaemonNodeTests : MemoryFarm
{
    [Fact]
    public async Task A_launcher_gets_its_job_done_on_a_worker()
    {
        await StartWorkerAsync("blade", Compiler.Writing("object"));
        await StartAgentAsync();
        await using Launcher launcher = await LaunchAsync("gcc", "-c", "a.c");
        var finished = Assert.IsType<LauncherMessage.Finished>(await launcher.AnswerAsync());

        Assert.Equal(0, finished.ExitCode);
        Assert.Equal("said"u8.ToArray(), finished.StandardOutput.ToArray());
        Assert.Equal("object", await File.ReadAllTextAsync(Path.Combine(Folder, "a.o")));
        Assert.Equal(0b110_100_100, (int)File.GetUnixFileMode(Path.Combine(Folder, "a.o")));
        JobStatistics statistics = await AgentMonitor.GetStatisticsAsync(Socket);
        Assert.Equal((1, 0, "blade"), (statistics.Remote, statistics.Local, Assert.Single(statistics.Recent).Worker));
    }

    [Fact]
    public async Task What_is_handed_back_holds_its_slot_until_the_launcher_closes()
    {
        await StartWorkerAsync("blade", Compiler.Writing("object"));
        await StartAgentAsync(localSlots: 1);
        Launcher first = await LaunchAsync("gcc", "a.c", "-o", "program");
        Assert.IsType<LauncherMessage.RunHere>(await first.AnswerAsync());

        await using Launcher second = await LaunchAsync("gcc", "a.c", "-o", "other");
        Task<LauncherMessage?> waiting = second.AnswerAsync();

        // Slots are counted class by class: a compile that stays here need not wait for the link.
        await using Launcher compile = await LaunchAsync("gcc", "-c", "a.c", "-save-temps");
        Assert.IsType<LauncherMessage.RunHere>(await compile.AnswerAsync());
        Assert.False(waiting.IsCompleted);

        await first.DisposeAsync();
        Assert.IsType<LauncherMessage.RunHere>(await waiting);
    }

    [Fact]
    public async Task A_launcher_that_is_killed_ends_its_job_on_the_worker()
    {
        var compiler = new Endless();
        await StartWorkerAsync("blade", compiler);
        await StartAgentAsync();
        Launcher launcher = await LaunchAsync("gcc", "-c", "a.c");
        await compiler.Started.Task.WaitAsync(Patience);
        await launcher.DisposeAsync();

        await compiler.Cancelled.Task.WaitAsync(Patience);
        Assert.False(File.Exists(Path.Combine(Folder, "a.o")));
    }

    [Fact]
    public async Task A_job_whose_worker_dies_is_done_by_another()
    {
        var compiler = new Endless();
        DaemonNode dying = await StartWorkerAsync("one", compiler);
        DaemonNode agent = await StartAgentAsync();
        Task<CompileResult> job = agent.ExecuteAsync(Job("gcc", "-c", "a.c") with { Mode = JobMode.Remote }).AsTask();
        await compiler.Started.Task.WaitAsync(Patience);
        await StartWorkerAsync("two", Compiler.Writing("object"));
        await dying.DisposeAsync();

        CompileResult result = await job.WaitAsync(Patience);
        Assert.Equal((JobPlace.Remote, "two"), (result.Place, result.Worker));
    }

    [Fact]
    public async Task A_job_at_which_every_worker_fails_leaves_the_farm_to_the_next()
    {
        Compiler good = Compiler.Writing("object");
        var compiler = new Compiler(async (job, cancellationToken) => job.CommandLine[^1] == "b.c"
            ? CompileResult.Failed(new JobFailure(FailedParty.Worker, JobStep.Prepare, FailureRemedy.AnotherWorker, "No root can be built for that."))
            : await good.ExecuteAsync(job, cancellationToken));
        await StartWorkerAsync("one", compiler);
        await StartWorkerAsync("two", compiler);
        DaemonNode agent = await StartAgentAsync();
        File.WriteAllText(Path.Combine(Folder, "b.c"), "int y;\n");

        CompileResult bad = await agent.ExecuteAsync(Job("gcc", "-c", "b.c")).AsTask().WaitAsync(Patience);
        Assert.Equal((JobPlace.Local, 0), (bad.Place, bad.ExitCode));
        CompileResult next = await agent.ExecuteAsync(Job("gcc", "-c", "a.c")).AsTask().WaitAsync(Patience);
        Assert.Equal(JobPlace.Remote, next.Place);
    }

    [Fact]
    public async Task A_scheduler_that_was_restarted_is_joined_again_by_all()
    {
        await StartWorkerAsync("blade", Compiler.Writing("object"));
        DaemonNode agent = await StartAgentAsync();
        Assert.Equal(JobPlace.Remote, (await agent.ExecuteAsync(Job("gcc", "-c", "a.c"))).Place);

        await Scheduler!.DisposeAsync();
        await StartSchedulerAsync();
        CompileResult result = await agent.ExecuteAsync(Job("gcc", "-c", "a.c") with { Mode = JobMode.Remote }).AsTask().WaitAsync(Patience);
        Assert.Equal((JobPlace.Remote, null), (result.Place, result.Failure));
    }

    [Fact]
    public async Task A_job_under_way_survives_the_scheduler()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await StartWorkerAsync("blade", new Compiler(async (job, cancellationToken) =>
        {
            started.SetResult();
            await go.Task.WaitAsync(cancellationToken);
            return Compiler.Written(job, "object");
        }));
        DaemonNode agent = await StartAgentAsync();
        Task<CompileResult> asked = agent.ExecuteAsync(Job("gcc", "-c", "a.c")).AsTask();
        await started.Task.WaitAsync(Patience);
        await Scheduler!.DisposeAsync();
        go.SetResult();

        Assert.Equal((JobPlace.Remote, "blade"), ((await asked.WaitAsync(Patience)).Place, (await asked).Worker));
    }

    [Fact]
    public async Task Without_a_farm_jobs_run_here_and_say_why()
    {
        DaemonNode agent = await StartAsync(
            Options("desk") with { Scheduler = FarmAddress.Memory("nowhere") }, new NodeServices());
        CompileResult result = await agent.ExecuteAsync(Job("gcc", "-c", "a.c")).AsTask().WaitAsync(Patience);

        Assert.Equal((JobPlace.Local, 0, LocalOnlyKind.NoFarm), (result.Place, result.ExitCode, result.LocalOnly?.Kind));
        Assert.True(File.Exists(Path.Combine(Folder, "a.o")));
    }

    [Fact]
    public async Task A_question_about_flags_is_not_counted_among_inputs_that_could_not_be_found()
    {
        DaemonNode agent = await StartAsync(
            Options("desk") with { Scheduler = FarmAddress.Memory("nowhere") }, new NodeServices());
        CompileResult result = await agent.ExecuteAsync(Job("gcc", "-Wall", "-c", "-x", "c", "/dev/null", "-o", "flag.o")).AsTask().WaitAsync(Patience);

        Assert.Equal((JobPlace.Local, 0, LocalOnlyKind.NotACompile), (result.Place, result.ExitCode, result.LocalOnly?.Kind));
    }

    [Fact]
    public async Task A_socket_has_one_agent()
    {
        await StartWorkerAsync("blade", Compiler.Writing("object"));
        await StartAgentAsync();
        await Assert.ThrowsAsync<AgentAlreadyRunsException>(() => StartAsync(Options("second") with { Socket = Socket }, new NodeServices()));
    }

    [Fact]
    public async Task A_job_without_a_command_is_refused_to_whoever_brings_it()
    {
        DaemonNode agent = await StartAsync(Options("desk"), new NodeServices());
        await Assert.ThrowsAsync<ArgumentException>(() => agent.ExecuteAsync(Job("gcc") with { CommandLine = [] }).AsTask());
    }

    [Fact]
    public async Task Nothing_is_said_in_the_clear_to_other_machines_unless_allowed()
    {
        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(
            () => StartAsync(Options("open") with { Listen = FarmAddress.Tcp("0.0.0.0", 0) }, new NodeServices()));
        Assert.Contains("--insecure", refusal.Message, StringComparison.Ordinal);

        DaemonNode agent = await StartAsync(
            Options("desk") with { Scheduler = FarmAddress.Tcp("192.0.2.1", 8765) }, new NodeServices());
        CompileResult result = await agent.ExecuteAsync(Job("gcc", "-c", "a.c") with { Mode = JobMode.Auto }).AsTask().WaitAsync(Patience);
        Assert.Equal(LocalOnlyKind.NoFarm, result.LocalOnly?.Kind);
    }

    [Fact]
    public async Task A_launcher_of_another_version_is_refused_with_both_numbers()
    {
        await StartWorkerAsync("blade", Compiler.Writing("object"));
        await StartAgentAsync();
        await using ITransportConnection connection = await new UnixTransport().ConnectAsync(FarmAddress.Unix(Socket));
        var channel = new AgentChannel(connection.Stream);
        await channel.SendAsync(
            new LauncherMessage.ForeignRequest(LauncherCodec.Version + 1), default);
        var refused = Assert.IsType<LauncherMessage.Refused>(await channel.ReceiveAsync(default));
        Assert.Contains($"version {LauncherCodec.Version}, not {LauncherCodec.Version + 1}", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_message_are_refused_with_the_reason_and_counted()
    {
        await StartWorkerAsync("blade", Compiler.Writing("object"));
        DaemonNode agent = await StartAgentAsync();
        await using ITransportConnection connection = await new UnixTransport().ConnectAsync(FarmAddress.Unix(Socket));
        await connection.Stream.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        var refused = Assert.IsType<LauncherMessage.Refused>(await new AgentChannel(connection.Stream).ReceiveAsync(default).AsTask().WaitAsync(Patience));
        Assert.Contains("bytes", refused.Text, StringComparison.Ordinal);
        Assert.Contains(new NamedCount(nameof(LocalOnlyKind.Refused), 1), agent.Describe().Reasons);
        Assert.Equal(JobPlace.Remote, (await agent.ExecuteAsync(Job("gcc", "-c", "a.c"))).Place);
    }

    [Theory]
    [InlineData("", "", "cannot tell")]
    [InlineData(null, "0:1", "another root")]
    public async Task A_launcher_that_sees_other_files_than_the_agent_becomes_the_compiler(string? mountNamespace, string root, string reason)
    {
        await StartWorkerAsync("blade", Compiler.Writing("object"));
        DaemonNode agent = await StartAgentAsync();
        LauncherMessage.Request request = new()
        {
            CommandLine = ["gcc", "-c", "a.c"], Compiler = "/usr/bin/gcc", WorkingDirectory = "/tmp", Umask = 18,
            View = new FileView(mountNamespace ?? FileView.Own().MountNamespace, root),
        };
        await using (ITransportConnection connection = await new UnixTransport().ConnectAsync(FarmAddress.Unix(Socket)))
        {
            var channel = new AgentChannel(connection.Stream);
            await channel.SendAsync(request, default);
            var here = Assert.IsType<LauncherMessage.RunHere>(await channel.ReceiveAsync(default).AsTask().WaitAsync(Patience));
            Assert.Contains(reason, here.Reason, StringComparison.Ordinal);
        }

        await agent.AwaitQuietAsync();
        Assert.Contains(new NamedCount(nameof(LocalOnlyKind.OtherFiles), 1), agent.Describe().Reasons);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 5000)]
    public void Options_out_of_range_are_named(int slots, int localSlots)
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(
            () => new DaemonNode(Options("desk") with { Slots = slots, LocalSlots = localSlots }));
        Assert.Contains("1 to 4096", refusal.Message, StringComparison.Ordinal);
    }
}
