using IceCream.Diagnostics;
using IceCream.Execution;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;
using Xunit;

namespace IceCream.Tests.Execution;

public sealed class ContainedExecutorTests
{
    private static readonly JobFailure Failure = new(FailedParty.Worker, JobStep.Compile, FailureRemedy.AnotherWorker, "");
    private static readonly CompileJob Job = new() { CommandLine = ["gcc"], Compiler = "/usr/bin/gcc", WorkingDirectory = "/" };

    private readonly LogBook _log = new();

    [Fact]
    public async Task What_an_executor_throws_is_a_failure_of_its_job_and_is_logged()
    {
        CompileResult result = await ExecuteAsync(static _ => throw new InvalidOperationException("A defect."));
        Assert.Equal(Failure with { Message = "Inner failed: A defect." }, result.Failure);
        LogEntry entry = Assert.Single(_log.Entries);
        Assert.Equal((EventIds.ExecutorFailed, LogLevel.Error), (entry.Event, entry.Level));
        Assert.IsType<InvalidOperationException>(entry.Exception);
    }

    [Fact]
    public async Task What_it_throws_later_and_a_cancellation_of_its_own_are_failures_too()
    {
        Assert.NotNull((await ExecuteAsync(static async _ =>
        {
            await Task.Yield();
            throw new IOException("The disk is full.");
        })).Failure);
        Assert.NotNull((await ExecuteAsync(static _ => throw new OperationCanceledException("Its own deadline."))).Failure);
    }

    [Fact]
    public async Task No_result_is_a_failure() => Assert.NotNull((await ExecuteAsync(static _ => ValueTask.FromResult<CompileResult>(null!))).Failure);

    [Fact]
    public async Task The_callers_cancellation_stays_one()
    {
        using var leaving = new CancellationTokenSource();
        await leaving.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => ExecuteAsync(static cancellationToken =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return default;
        }, leaving.Token));
        Assert.Empty(_log.Entries);
    }

    private Task<CompileResult> ExecuteAsync(Func<CancellationToken, ValueTask<CompileResult>> compile, CancellationToken cancellationToken = default) =>
        new ContainedExecutor(new Inner(compile), Failure, _log.CreateLogger<ContainedExecutor>()).ExecuteAsync(Job, cancellationToken).AsTask();

    private sealed class Inner(Func<CancellationToken, ValueTask<CompileResult>> compile) : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) => compile(cancellationToken);
    }
}
