using System.Diagnostics;
using System.Globalization;
using IceCream.Benchmarks.Connections;
using IceCream.Benchmarks.Processes;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Toolchains;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Benchmarks.Saturation;

/// <summary>
/// One agent against a farm of compilers that sleep: what share of the farm's slots it keeps busy, what a job costs it, and where the time
/// of jobs goes. The farm takes no processor for compiling, so what limits is ours.
/// </summary>
internal static class SaturationFigures
{
    private const int Unfit = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <returns>The exit code: 0, 1 when a job was not done by the farm, 2 when an option is wrong or there is no compiler.</returns>
    public static async Task<int> PrintAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        SaturationOptions options;
        try
        {
            options = SaturationOptions.Parse(arguments);
        }
        catch (ArgumentException e)
        {
            errors.WriteLine($"saturation: {e.Message}");
            return Unfit;
        }

        if (Tool.Find("g++") is not { } compiler)
        {
            errors.WriteLine("saturation: g++ is missing. It is asked where it looks for headers; nothing is compiled.");
            return Unfit;
        }

        string folder = Directory.CreateTempSubdirectory("icebench-").FullName;
        try
        {
            var transport = new CompositeTransport(new InMemoryTransport(), new TcpTransport());
            if (options.Medium == Medium.Memory)
            {
                await using SleepingFarm farm = await SleepingFarm.StartAsync(options, transport, folder);
                return await MeasureAsync(options, farm.Address, transport, compiler, folder, static () => null, output);
            }

            await using FarmProcess apart = await FarmProcess.StartAsync(arguments, folder);
            return await MeasureAsync(options, apart.Address, transport, compiler, folder, () => apart.Used, output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> MeasureAsync(
        SaturationOptions options, FarmAddress scheduler, ITransport transport, string compiler, string folder, Func<TimeSpan?> farmUsed, TextWriter output)
    {
        string sources = Path.Combine(folder, "sources"), socket = Path.Combine(folder, "agent", "socket");
        IReadOnlyList<string[]> commands = GeneratedSources.Write(sources, options.Files, options.Headers);
        await using var agent = new DaemonNode(
            new DaemonNodeOptions { Scheduler = scheduler, Socket = socket, StateDirectory = Path.Combine(folder, "agent-state") },
            new NodeServices { Transport = transport, Toolchains = new NoFiles() });
        await agent.StartAsync();
        if (!await agent.AwaitFarmAsync(Patience))
        {
            throw new InvalidOperationException($"The farm did not come up: {agent.ReasonToStay}");
        }

        var launches = new Launches(socket, sources, compiler, options.Launcher);
        bool complete = true;
        for (int round = 1; round <= options.Rounds; round++)
        {
            output.WriteLine($"{(round == 1 ? "" : "\n")}### Round {round}\n");
            SaturationRun run = await BuildAsync(options, commands, launches, agent, farmUsed);
            SaturationReport.Write(output, options, run);
            complete &= run.Done == commands.Count;
        }

        return complete ? 0 : 1;
    }

    private static async Task<SaturationRun> BuildAsync(
        SaturationOptions options, IReadOnlyList<string[]> commands, Launches launches, DaemonNode agent, Func<TimeSpan?> farmUsed)
    {
        var log = new JobLog(agent);
        TimeSpan used = ClientUsed(), used2 = farmUsed() ?? TimeSpan.Zero;
        DateTimeOffset began = TimeProvider.System.GetUtcNow();
        long since = Stopwatch.GetTimestamp();
        int next = -1, done = 0;
        Task building = Task.WhenAll(Enumerable.Range(0, options.Jobs).Select(_ => Task.Run(async () =>
        {
            for (int number; (number = Interlocked.Increment(ref next)) < commands.Count;)
            {
                if (await launches.RunAsync(commands[number]))
                {
                    Interlocked.Increment(ref done);
                }
            }
        })));
        await log.FollowAsync(building);
        await building;
        TimeSpan wall = Stopwatch.GetElapsedTime(since), client = ClientUsed() - used;
        TimeSpan? farm = farmUsed() - used2;
        return new SaturationRun(began, wall, client, farm, done, [.. log.Jobs.Where(job => job.Ended >= began)]);
    }

    /// <summary>Of this process and of the children that have ended.</summary>
    private static TimeSpan ClientUsed()
    {
        // After the name in brackets, which may hold anything, the 14th and 15th fields: hundredths of a second.
        string status = File.ReadAllText("/proc/self/stat");
        string[] fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
        long children = long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture);
        return Environment.CpuUsage.TotalTime + TimeSpan.FromMilliseconds(children * 10);
    }

    /// <summary>The compilers sleep: they need no files.</summary>
    private sealed class NoFiles : IToolchainCache
    {
        private static readonly byte[] Encoded = FileTreeCodec.Encode(FileTree.Empty);

        public ValueTask<Toolchain> GetAsync(CompileJob job, CancellationToken cancellationToken = default) => ValueTask.FromResult(
            new Toolchain { Digest = Digest.Of(Encoded), Tree = FileTree.Empty, Encoded = Encoded, Description = "nothing" });
    }
}
