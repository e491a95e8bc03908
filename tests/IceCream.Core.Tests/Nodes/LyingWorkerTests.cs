using System.Diagnostics.Metrics;
using IceCream.Jobs;
using IceCream.Nodes;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>A farm one of whose workers answers with what nobody asked for.</summary>
public sealed class LyingWorkerTests : MemoryFarm
{
    [Fact]
    public async Task It_writes_and_deletes_nothing_and_its_jobs_are_done_by_others()
    {
        string precious = Path.Combine(Folder, "precious.h"), outside = Path.Combine(Folder, "link", "outside"), source = Path.Combine(Folder, "a.c");
        File.WriteAllText(precious, "precious");
        Directory.CreateDirectory(Path.Combine(Folder, "elsewhere"));
        File.CreateSymbolicLink(Path.Combine(Folder, "link"), Path.Combine(Folder, "elsewhere"));
        int lies = 0;
        long counted = 0;
        using MeterListener meter = CountFailures("liar", failures => Interlocked.Add(ref counted, failures));
        var lied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await StartWorkerAsync("liar", new Compiler((job, _) =>
        {
            lied.TrySetResult();
            CompileResult good = Compiler.Written(job, "a lie");
            return Task.FromResult((Interlocked.Increment(ref lies) % 3) switch
            {
                0 => good with { Outputs = good.Outputs.Add(new OutputFile(precious, 420, OutputContent.Empty)) },
                1 => good with { Outputs = good.Outputs.Add(new OutputFile(outside, 420, OutputContent.Empty)) },
                _ => good with { Removed = [source] },
            });
        }), slots: 8);
        await StartWorkerAsync("blade", new Compiler(async (job, cancellationToken) =>
        {
            // It takes its time, so that some jobs go to the liar.
            await lied.Task.WaitAsync(cancellationToken);
            return Compiler.Written(job, "object");
        }), slots: 1);
        DaemonNode agent = await StartAgentAsync();

        CompileResult[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            i => agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", $"{i}.o")).AsTask())).WaitAsync(Patience);

        Assert.Equal(lies, counted);
        Assert.All(results, static result => Assert.Equal((0, null), (result.ExitCode, result.Failure)));
        Assert.DoesNotContain(results, static result => result.Worker == "liar");
        for (int i = 0; i < results.Length; i++)
        {
            Assert.NotEqual("a lie", await File.ReadAllTextAsync(Path.Combine(Folder, $"{i}.o")));
        }

        Assert.Equal("precious", await File.ReadAllTextAsync(precious));
        Assert.True(File.Exists(source));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Folder, "elsewhere")));
    }

    [Fact]
    public async Task Its_clock_is_not_believed()
    {
        await StartWorkerAsync("liar", new Compiler((job, _) => Task.FromResult(Compiler.Written(job, "object") with
        {
            Timeline = JobTimeline.Empty.With(JobStep.Compile, TimeSpan.MaxValue).With(JobStep.Write, TimeSpan.MaxValue),
        })));
        DaemonNode agent = await StartAgentAsync();
        CompileResult result = await agent.ExecuteAsync(Job("gcc", "-c", "a.c")).AsTask().WaitAsync(Patience);

        Assert.Equal(JobPlace.Remote, result.Place);
        Assert.All(result.Timeline.Stretches, static stretch => Assert.InRange(stretch.Duration, TimeSpan.Zero, Patience));
        Assert.DoesNotContain(result.Timeline.Stretches, static stretch => stretch.Step == JobStep.Compile);
    }

    [Fact]
    public async Task An_honest_workers_road_is_told_from_end_to_end()
    {
        await StartWorkerAsync("blade", new Compiler((job, _) => Task.FromResult(Compiler.Written(job, "object") with { Timeline = job.Timeline })));
        DaemonNode agent = await StartAgentAsync();
        CompileResult result = await agent.ExecuteAsync(Job("gcc", "-c", "a.c")).AsTask().WaitAsync(Patience);

        Assert.Equal(
            [JobStep.Toolchain, JobStep.Inputs, JobStep.Lease, JobStep.Send, JobStep.Fetch, JobStep.Slot, JobStep.Receive, JobStep.Write],
            result.Timeline.Stretches.Select(static stretch => stretch.Step).SkipWhile(static step => step == JobStep.Read));
    }

    private static MeterListener CountFailures(string worker, Action<long> count)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "icecream.worker.failures")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, failures, tags, _) =>
        {
            if (tags[0].Value is string named && named == worker)
            {
                count(failures);
            }
        });
        listener.Start();
        return listener;
    }
}
