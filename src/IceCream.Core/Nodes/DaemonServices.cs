using System.Diagnostics.Metrics;
using IceCream.Caching;
using IceCream.Execution;
using IceCream.Toolchains;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>What a daemon takes from whoever embeds it. Each part that is null is the built-in one.</summary>
public sealed record DaemonServices
{
    /// <summary>Where it logs.</summary>
    public ILoggerFactory? Loggers { get; init; }

    /// <summary>Makes its meter, <c>IceCream</c>.</summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>Its time.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Where chance starts, which spreads the pauses of reconnecting; null: anywhere.</summary>
    public int? Seed { get; init; }

    /// <summary>Describes the compilers of the agent's jobs.</summary>
    public IToolchainCache? Toolchains { get; init; }

    /// <summary>
    /// Results of compiles that are shared: an agent asks there for what it does not know, and a worker tells what it has compiled, unless it only reads. Null: an agent knows its own
    /// alone. The daemon disposes it, and whoever made it may do so again.
    /// </summary>
    public ISharedResults? SharedResults { get; init; }

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
}
