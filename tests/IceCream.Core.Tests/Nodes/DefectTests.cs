using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Transport;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>Farms that meet defects and strangers, and build on.</summary>
public sealed class DefectTests : MemoryFarm
{
    [Fact]
    public async Task A_workers_executor_that_throws_fails_its_one_job()
    {
        Compiler good = Compiler.Writing("object");
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var compiler = new Compiler(async (job, cancellationToken) =>
        {
            if (job.CommandLine[^1] == "b.c")
            {
                throw new InvalidOperationException("no such luck");
            }

            started.TrySetResult();
            await goOn.Task.WaitAsync(cancellationToken);
            return await good.ExecuteAsync(job, cancellationToken);
        });

        // As many as a job tries: it need not wait for one that is set aside.
        for (int i = 1; i <= 3; i++)
        {
            await StartWorkerAsync($"blade{i}", compiler);
        }

        DaemonNode agent = await StartAgentAsync();
        File.WriteAllText(Path.Combine(Folder, "b.c"), "int y;\n");
        Task<CompileResult> beside = agent.ExecuteAsync(Job("gcc", "-c", "a.c")).AsTask();
        await started.Task.WaitAsync(Patience);

        CompileResult bad = await agent.ExecuteAsync(Job("gcc", "-c", "b.c")).AsTask().WaitAsync(Patience);
        Assert.Equal((JobPlace.Local, 0, LocalOnlyKind.FarmFailure), (bad.Place, bad.ExitCode, bad.LocalOnly?.Kind));
        Assert.True(bad.LocalOnly!.ToString().Contains("no such luck", StringComparison.Ordinal), bad.LocalOnly.ToString());
        goOn.SetResult();
        Assert.Equal(JobPlace.Remote, (await beside.WaitAsync(Patience)).Place);
    }

    [Fact]
    public async Task A_way_to_the_farm_that_throws_costs_its_job_nothing_but_the_farm()
    {
        DaemonNode agent = await StartAsync(Options("desk") with { Socket = Socket }, new NodeServices { Farm = new Compiler((_, _) => throw new InvalidOperationException("A defect.")) });
        CompileResult result = await agent.ExecuteAsync(Job("gcc", "-c", "a.c")).AsTask().WaitAsync(Patience);
        Assert.Equal((JobPlace.Local, 0, LocalOnlyKind.FarmFailure), (result.Place, result.ExitCode, result.LocalOnly?.Kind));

        await using Launcher launcher = await LaunchAsync("gcc", "-c", "a.c");
        Assert.IsType<LauncherMessage.RunHere>(await launcher.AnswerAsync());
    }

    [Fact]
    public async Task A_job_that_holds_its_thread_does_not_hold_the_next_launcher()
    {
        using var both = new Barrier(2);
        int met = 0;
        await StartAsync(Options("desk") with { Socket = Socket }, new NodeServices
        {
            Farm = new Compiler((_, cancellationToken) =>
            {
                met += both.SignalAndWait(Patience, cancellationToken) ? 1 : 0;
                throw new InvalidOperationException("That is all.");
            }),
        });
        await using Launcher first = await LaunchAsync("gcc", "-c", "a.c"), second = await LaunchAsync("gcc", "-O1", "-c", "a.c");
        Assert.IsType<LauncherMessage.RunHere>(await first.AnswerAsync());
        Assert.IsType<LauncherMessage.RunHere>(await second.AnswerAsync());
        Assert.True(met > 0);
    }

    [Fact]
    public async Task Connections_that_close_at_once_cost_the_farm_nothing()
    {
        DaemonNode worker = await StartWorkerAsync("blade", Compiler.Writing("object"));
        DaemonNode agent = await StartAgentAsync();
        FarmAddress[] doors = [FarmAddress.Memory("scheduler"), worker.WorkerAddress!, FarmAddress.Unix(Socket)];
        var transport = new CompositeTransport(Transport, new UnixTransport());
        for (int i = 0; i < 100; i++)
        {
            foreach (FarmAddress door in doors)
            {
                await (await transport.ConnectAsync(door)).DisposeAsync();
            }
        }

        // A worker that comes now is seen, and both do jobs.
        await StartWorkerAsync("late", Compiler.Writing("object"), slots: 1);
        await using Launcher launcher = await LaunchAsync("gcc", "-c", "a.c");
        Assert.IsType<LauncherMessage.Finished>(await launcher.AnswerAsync());
        CompileResult result = await agent.ExecuteAsync(Job("gcc", "-c", "a.c") with { Mode = JobMode.Remote }).AsTask().WaitAsync(Patience);
        Assert.Equal(JobPlace.Remote, result.Place);
        Assert.False(worker.Completion.IsCompleted);
        Assert.False(agent.Completion.IsCompleted);
        Assert.False(Scheduler!.Completion.IsCompleted);
    }
}
