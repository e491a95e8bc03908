using IceCream.Execution.Worker;
using IceCream.Jobs;
using IceCream.Nodes;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>A worker that starts while its machine is in trouble.</summary>
public sealed class RefusingWorkerTests : MemoryFarm
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_worker_that_starts_in_a_bad_minute_takes_no_jobs_and_offers_its_slots_when_that_has_passed()
    {
        DaemonNodeOptions options = Options("blade") with { Listen = FarmAddress.Memory("blade"), Slots = 3 };
        await using var worker = new DaemonNode(options, new NodeServices { Transport = Transport, Time = _time });

        // A folder lies where a program of the sandbox is to be written.
        string inTheWay = Path.Combine(Directory.GetDirectories(Path.Combine(options.StateDirectory, "roots"))[0], "preload.so");
        Directory.CreateDirectory(inTheWay);
        await worker.StartAsync();
        NodeInfo refusing = await DescribedAsync(static node => node.State == "refusing");
        Assert.Equal(0, refusing.Slots);
        Assert.Contains("preload.so", refusing.Remark, StringComparison.Ordinal);

        DaemonNode agent = await StartAsync(Options("desk") with { Socket = Socket }, new NodeServices { Toolchains = new Tools() });
        Assert.False(await agent.AwaitFarmAsync(TimeSpan.FromMilliseconds(1)));

        Directory.Delete(inTheWay);
        _time.Advance(SandboxedCompiler.Pause);
        Assert.Equal(3, (await DescribedAsync(static node => node.State == "ready")).Slots);
        Assert.True(await agent.AwaitFarmAsync(Patience));
        Assert.False(worker.Completion.IsCompleted);
    }

    /// <summary>What the scheduler says of the worker once it is so. Time passes for the worker until then: it pauses before it greets again.</summary>
    private async Task<NodeInfo> DescribedAsync(Func<NodeInfo, bool> isSo)
    {
        long since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (Scheduler!.Describe().Nodes.FirstOrDefault(node => node.Name == "blade" && isSo(node)) is { } found)
            {
                return found;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(since) < Patience, "It does not become so.");
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}
