using System.Diagnostics.Metrics;
using IceCream.Caching;
using IceCream.Execution;
using IceCream.Scheduling;
using IceCream.Storage;
using IceCream.Toolchains;
using IceCream.Transport;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>
/// The parts that an embedder can replace; null stands for the built-in part. A scheduler uses <see cref="Transport"/>, <see cref="Scheduler"/>,
/// <see cref="Placement"/>, <see cref="Time"/> and <see cref="Loggers"/>; a daemon all but <see cref="Scheduler"/> and <see cref="Placement"/>.
/// </summary>
public sealed record NodeServices
{
    /// <summary>Creates the loggers of nodes.</summary>
    public ILoggerFactory? Loggers { get; init; }

    /// <summary>Creates their meter, <c>IceCream</c>.</summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>Their clock.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>The seed of the random numbers that spread the pauses before reconnecting.</summary>
    /// <value>Default: null: a random seed.</value>
    public int? Seed { get; init; }

    /// <summary>
    /// The transport between nodes. The built-in one supports TCP and Unix sockets, and within an <see cref="EmbeddedFarm"/> addresses in memory.
    /// Launchers always use a Unix socket.
    /// </summary>
    public ITransport? Transport { get; init; }

    /// <summary>
    /// Decides which agent may use which slot. The built-in one divides slots fairly between users, and learns the costs of commands and the speeds
    /// of workers.
    /// </summary>
    public IScheduler? Scheduler { get; init; }

    /// <summary>Chooses between workers, for the built-in scheduler. The built-in one is named by <see cref="SchedulerNodeOptions.Placement"/>.</summary>
    public IPlacementPolicy? Placement { get; init; }

    /// <summary>Describes the compilers of the agent's jobs.</summary>
    public IToolchainCache? Toolchains { get; init; }

    /// <summary>
    /// A shared store of compile results: an agent looks up there what its own cache lacks, and a worker publishes its results, unless the store is
    /// read-only. Null: an agent uses its own results only. The daemon disposes it, and the caller may do so again.
    /// </summary>
    public ISharedResults? SharedResults { get; init; }

    /// <summary>Wraps the blob store in the state directory: to count, to ask another store first, or to replace it. Default: null: no wrapper.</summary>
    public Func<IBlobStore, IBlobStore>? AroundStore { get; init; }

    /// <summary>
    /// Runs the worker's jobs once their blobs are in its store. The built-in one runs the compiler in a sandbox. A custom one reports the lookups of
    /// its compiles in <see cref="IceCream.Jobs.CompileResult.Lookups"/>; without them, agents verify each result with their own compiler's
    /// dependency list.
    /// </summary>
    public IJobExecutor? Compiler { get; init; }

    /// <summary>Runs the agent's jobs that may leave. The built-in one sends them to a worker of the farm.</summary>
    public IJobExecutor? Farm { get; init; }

    /// <summary>Wraps the executor of the worker's jobs, built in or not: to log and forward, or to run some of them itself.</summary>
    public Func<IJobExecutor, IJobExecutor>? AroundCompiler { get; init; }

    /// <summary>Wraps the executor of the agent's jobs that may leave, built in or not. The outputs are in place when the inner executor returns.</summary>
    public Func<IJobExecutor, IJobExecutor>? AroundFarm { get; init; }

    /// <summary>The embedder's transport, or the built-in one between machines.</summary>
    internal ITransport TransportOrUsual => Transport ?? new CompositeTransport(new TcpTransport(), new UnixTransport());
}
