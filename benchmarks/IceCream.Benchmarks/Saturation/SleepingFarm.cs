using System.Diagnostics;
using IceCream.Benchmarks.Connections;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Transport;

namespace IceCream.Benchmarks.Saturation;

/// <summary>A scheduler and workers whose compilers sleep: they take time and no processor.</summary>
internal sealed class SleepingFarm : IAsyncDisposable
{
    private const int ObjectBytes = 10_000;

    private readonly List<IAsyncDisposable> _nodes = [];

    private SleepingFarm()
    {
    }

    /// <summary>The scheduler's address.</summary>
    public FarmAddress Address { get; private set; } = FarmAddress.Memory("scheduler");

    public static async Task<SleepingFarm> StartAsync(SaturationOptions options, ITransport transport, string folder)
    {
        var farm = new SleepingFarm();
        bool tcp = options.Medium == Medium.Tcp;
        var scheduler = new SchedulerNode(
            new SchedulerNodeOptions { Listen = tcp ? FarmAddress.Tcp("127.0.0.1", 0) : farm.Address, Discoverable = false }, new NodeServices { Transport = transport });
        farm._nodes.Add(scheduler);
        await scheduler.StartAsync();
        farm.Address = scheduler.Address!;
        var services = new NodeServices { Transport = transport, Compiler = new SleepingCompiler(options.Compile) };
        for (int number = 1; number <= options.Workers; number++)
        {
            var worker = new DaemonNode(
                new DaemonNodeOptions
                {
                    Name = $"worker{number}",
                    Scheduler = farm.Address,
                    Listen = tcp ? FarmAddress.Tcp("127.0.0.1", 0) : FarmAddress.Memory($"worker{number}"),
                    Slots = options.Slots,
                    StateDirectory = Path.Combine(folder, $"worker{number}"),
                },
                services);
            farm._nodes.Add(worker);
            await worker.StartAsync();
        }

        return farm;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable node in Enumerable.Reverse(_nodes))
        {
            await node.DisposeAsync();
        }
    }

    private sealed class SleepingCompiler(TimeSpan duration) : IJobExecutor
    {
        private static readonly byte[] Object = Samples.Bytes(ObjectBytes);

        public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            long since = Stopwatch.GetTimestamp();
            await Task.Delay(duration, cancellationToken);
            return new CompileResult
            {
                Place = JobPlace.Remote,
                Outputs = [new OutputFile(job.Outputs[0].Path, 0b110_100_100, OutputContent.Of(Object))],
                Lookups = LooksAround(job),
                Timeline = job.Timeline.With(JobStep.Compile, Stopwatch.GetElapsedTime(since)),
            };
        }

        /// <summary>As many names in vain as GCC looks for in a compile of some tens of headers, in folders that are here.</summary>
        private static ObservedLookups LooksAround(CompileJob job) => new()
        {
            Lists = new LookupLists(
                [
                    new AbsentNames(job.WorkingDirectory, [.. Enumerable.Range(0, 60).Select(static number => $"absent{number:d3}.h")]),
                    new AbsentNames("/usr/include", [.. Enumerable.Range(0, 60).Select(static number => $"absent{number:d3}.h.gch")]),
                    new AbsentNames("/usr/lib", [.. Enumerable.Range(0, 50).Select(static number => $"absent{number:d3}/specs")]),
                ],
                [],
                []),
        };
    }
}
