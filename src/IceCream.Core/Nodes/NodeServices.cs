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
/// What nodes take from whoever embeds them. Each part that is null is the built-in one. A scheduler uses <see cref="Transport"/>, <see cref="Scheduler"/>,
/// <see cref="Placement"/>, <see cref="Time"/> and <see cref="Loggers"/>; a daemon all but <see cref="Scheduler"/> and <see cref="Placement"/>.
/// </summary>
public sealed record NodeServices
{
    /// <summary>Where nodes log.</summary>
    public ILoggerFactory? Loggers { get; init; }

    /// <summary>Makes their meter, <c>IceCream</c>.</summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>Their time.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Where chance starts, which spreads the pauses of reconnecting.</summary>
    /// <value>Default: null, which is anywhere.</value>
    public int? Seed { get; init; }

    /// <summary>How nodes reach one another. The built-in one serves TCP and Unix sockets, and within an <see cref="EmbeddedFarm"/> addresses in memory. Launchers always come by a Unix socket.</summary>
    public ITransport? Transport { get; init; }

    /// <summary>Decides who may use which slot. The built-in one divides them fairly between users, and learns what commands cost and how fast workers are.</summary>
    public IScheduler? Scheduler { get; init; }

    /// <summary>Chooses between workers, for the built-in scheduler. The built-in one is named by <see cref="SchedulerNodeOptions.Placement"/>.</summary>
    public IPlacementPolicy? Placement { get; init; }

    /// <summary>Describes the compilers of the agent's jobs.</summary>
    public IToolchainCache? Toolchains { get; init; }

    /// <summary>
    /// Results of compiles that are shared: an agent asks there for what it does not know, and a worker tells what it has compiled, unless it only reads. Null: an agent knows its own
    /// alone. The daemon disposes it, and whoever made it may do so again.
    /// </summary>
    public ISharedResults? SharedResults { get; init; }

    /// <summary>Puts a store around the one that holds the blobs of jobs in the state directory: to count, to ask another store first, or to take its place. Default: null, which is none.</summary>
    public Func<IBlobStore, IBlobStore>? AroundStore { get; init; }

    /// <summary>
    /// Does the worker's jobs once their blobs are in its store. The built-in one runs the compiler in a sandbox. Another says in
    /// <see cref="IceCream.Jobs.CompileResult.Lookups"/> what its compiles looked for; where it does not, agents check each result by their own compiler's list of what it reads.
    /// </summary>
    public IJobExecutor? Compiler { get; init; }

    /// <summary>Does the agent's jobs that may leave. The built-in one has a worker of the farm do them.</summary>
    public IJobExecutor? Farm { get; init; }

    /// <summary>Puts an executor around the one that does the worker's jobs, built in or not: to log and pass on, or to do some of them itself.</summary>
    public Func<IJobExecutor, IJobExecutor>? AroundCompiler { get; init; }

    /// <summary>Puts an executor around the one that does the agent's jobs that may leave, built in or not. What it is given back has its outputs in place.</summary>
    public Func<IJobExecutor, IJobExecutor>? AroundFarm { get; init; }

    /// <summary>The embedder's transport, or the one by which machines reach one another.</summary>
    internal ITransport TransportOrUsual => Transport ?? new CompositeTransport(new TcpTransport(), new UnixTransport());
}
