using System.IO.Pipelines;
using IceCream.Diagnostics;
using IceCream.Interop.Icecream;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Transport;
using Nerdbank.Streams;
using Xunit;

namespace IceCream.Tests.Interop.Icecream;

/// <summary>One monitor's session, in a time of its own.</summary>
public sealed class MonitorSessionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly PipeOptions Narrow = new(pauseWriterThreshold: 4096, resumeWriterThreshold: 2048, useSynchronizationContext: false);

    private readonly WatchedTime _time = new();
    private readonly LogBook _log = new();
    private readonly JobEventStream _jobs;

    public MonitorSessionTests() => _jobs = new JobEventStream(_time);

    [Fact]
    public async Task A_monitor_that_reads_nothing_costs_a_few_events_and_is_let_go()
    {
        (Stream near, Stream far) = FullDuplexStream.CreatePair(Narrow);
        using var ending = new CancellationTokenSource();
        Task session = RunAsync(far, ending.Token);
        await new FakeMonitor(near, 43).GreetAsync();
        await _time.NextWaitAsync(static wait => wait == MonitorSession.Patience, Patience);
        for (int i = 0; i < 20_000; i++)
        {
            var job = new JobId("node1", i);
            _jobs.Publish(RecordedSessions.Begun(job, "a.c"));
            _jobs.Publish(RecordedSessions.Step(job, JobStep.Lease));
        }

        // All of them are to be told, and few fit: that is waited for so long, whenever it begins.
        using var deadline = new CancellationTokenSource(Patience);
        while (!session.IsCompleted && !deadline.IsCancellationRequested)
        {
            _time.Advance(MonitorSession.Patience);
            await Task.Yield();
        }

        await session.WaitAsync(Patience);
        Assert.Contains("it has taken nothing for 30 s", Assert.Single(_log.Entries, static entry => entry.Event == EventIds.ClassicMonitorLeft).Text, StringComparison.Ordinal);
        Assert.False(_jobs.IsWatched);
    }

    [Fact]
    public async Task A_monitor_that_was_too_slow_is_told_how_things_stand()
    {
        (Stream near, Stream far) = FullDuplexStream.CreatePair(Narrow);
        using var ending = new CancellationTokenSource();
        Task session = RunAsync(far, ending.Token);
        var monitor = new FakeMonitor(near, 43);
        await monitor.GreetAsync();
        await monitor.HearOfAsync("node3");
        for (int i = 0; i < 10_000; i++)
        {
            var job = new JobId("node1", i);
            _jobs.Publish(RecordedSessions.Begun(job, "a.c"));
            _jobs.Publish(RecordedSessions.Step(job, JobStep.Lease));
            _jobs.Publish(RecordedSessions.Finished(job, JobPlace.Remote));
        }

        var last = new JobId("node1", 10_000);
        _jobs.Publish(RecordedSessions.Begun(last, "last.c"));
        _jobs.Publish(RecordedSessions.Step(last, JobStep.Lease));
        await monitor.HearAsync(static frame => frame.Type == Frame.JobWaits && frame["file"] == "last.c");
        await ending.CancelAsync();
        await session.WaitAsync(Patience);
    }

    private async Task RunAsync(Stream stream, CancellationToken cancellationToken)
    {
        await using var connection = new StreamConnection(stream, "monitor", isLocal: true);
        await new MonitorSession(connection, static () => RecordedSessions.Nodes, _jobs, _time, _log.CreateLogger("")).RunAsync(static () => true, cancellationToken);
    }
}
