using IceCream.Execution;
using IceCream.Execution.Local;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>A job that stays is done by the launcher that brought it, in a slot of this machine.</summary>
public sealed class HandBackExecutorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly CompileJob Job = new() { CommandLine = ["gcc"], Compiler = "/usr/bin/gcc", WorkingDirectory = "/", LocalOnly = new LocalOnlyReason(LocalOnlyKind.Requested) };

    private readonly LocalSlots _slots = new(1);
    private readonly Child _child = new();
    private readonly HandBackExecutor _executor;

    public HandBackExecutorTests() => _executor = new HandBackExecutor(_child, _slots, TimeProvider.System);

    [Fact]
    public async Task A_job_that_no_launcher_brought_is_done_by_this_process()
    {
        await _executor.ExecuteAsync(Job);
        Assert.Equal(1, _child.Jobs);
    }

    [Fact]
    public async Task The_slot_is_free_when_the_compiler_has_closed_its_files_though_nobody_knows_yet_how_it_ended()
    {
        var launcher = new Launcher();
        Task<CompileResult> job = RunAsync(launcher);
        await launcher.Became.Task.WaitAsync(Patience);
        Assert.Equal(Job.LocalOnly!.ToString(), launcher.Reason);
        Assert.Null(_slots.TryAcquire(LocalSlotClass.Compile));

        launcher.Closed.SetResult();
        using (await _slots.AcquireAsync(LocalSlotClass.Compile).AsTask().WaitAsync(Patience))
        {
            Assert.False(job.IsCompleted);
            launcher.Ended.SetResult(3 << 8);
            Assert.Equal((3, JobPlace.Local), ((await job).ExitCode, (await job).Place));
        }

        Assert.Equal(0, _child.Jobs);
        Assert.Equal([JobStep.LocalSlot, JobStep.LocalCompile], (await job).Timeline.Stretches.Select(static stretch => stretch.Step));
    }

    [Fact]
    public async Task One_executor_serves_launchers_side_by_side()
    {
        Launcher first = new(), second = new();
        Task<CompileResult> one = RunAsync(first), other = RunAsync(second);
        await first.Became.Task.WaitAsync(Patience);
        Assert.False(second.Became.Task.IsCompleted);
        first.Closed.SetResult();
        first.Ended.SetResult(0);
        await second.Became.Task.WaitAsync(Patience);
        second.Closed.SetResult();
        second.Ended.SetResult(9);

        Assert.Equal((0, 137), ((await one).ExitCode, (await other).ExitCode));
    }

    [Fact]
    public async Task Whoever_leaves_while_it_waits_for_a_slot_never_becomes_the_compiler()
    {
        using IDisposable taken = await _slots.AcquireAsync(LocalSlotClass.Compile);
        using var leaving = new CancellationTokenSource();
        var launcher = new Launcher();
        Task<CompileResult> job = RunAsync(launcher, leaving.Token);
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job);
        Assert.False(launcher.Became.Task.IsCompleted);
    }

    [Fact]
    public async Task A_launcher_that_had_left_gives_the_slot_back()
    {
        var launcher = new Launcher();
        launcher.Closed.SetException(new OperationCanceledException("It has left."));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(launcher));
        Assert.NotNull(_slots.TryAcquire(LocalSlotClass.Compile));
    }

    private Task<CompileResult> RunAsync(Launcher launcher, CancellationToken cancellationToken = default) =>
        _executor.ExecuteAsync(Job with { Launcher = launcher }, cancellationToken).AsTask().WaitAsync(Patience, CancellationToken.None);

    private sealed class Child : IJobExecutor
    {
        public int Jobs { get; private set; }

        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            Jobs++;
            return ValueTask.FromResult(new CompileResult { Place = JobPlace.Local });
        }
    }

    private sealed class Launcher : IJobLauncher
    {
        public TaskCompletionSource Became { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<int?> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string? Reason { get; private set; }

        public async ValueTask BecomeCompilerAsync(string reason, CancellationToken cancellationToken)
        {
            Reason = reason;
            Became.SetResult();
            await Closed.Task.WaitAsync(cancellationToken);
        }

        public async ValueTask<int?> EndAsync() => await Ended.Task;
    }
}
