using IceCream.Caching;
using IceCream.Caching.Sharing;
using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Execution.Hedging;
using IceCream.Execution.History;
using IceCream.Execution.Local;
using IceCream.Execution.Worker;
using IceCream.Inputs;
using IceCream.Monitoring;
using IceCream.Processes;
using IceCream.Roots;
using IceCream.Storage;
using IceCream.Toolchains;
using IceCream.Toolchains.Wrappers;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution;

/// <summary>What the origin's pipeline is made of.</summary>
internal sealed record OriginParts(
    CompilerFamilies Families,
    WrapperVariables WrapperVariables,
    IToolchainCache Toolchains,
    OwnProcessor Processor,
    InputDiscovery Inputs,
    LeasePool Leases,
    PeerPool Peers,
    JobCosts Costs,
    JobHistory History,
    JobMetrics Metrics,
    JobReporter Reporter,
    ICompilerProbe Probe,
    Lazy<RootsFolder> Trials,
    LocalSlots LocalSlots,
    OwnSandbox? Sandbox,
    OwnMachine? Own,
    HedgedAttempts Hedging,
    CompileCache? Cache,
    Auditor? Auditor,
    TimeProvider Time,
    ILoggerFactory Loggers)
{
    /// <summary>Does jobs that may leave, in the place of the built-in way.</summary>
    public IJobExecutor? Farm { get; init; }

    /// <summary>What an embedder puts around the one that does them.</summary>
    public Func<IJobExecutor, IJobExecutor>? AroundFarm { get; init; }
}

/// <summary>What a worker's pipeline is made of.</summary>
internal sealed record WorkerParts(
    string Name,
    IBlobStore Store,
    BlobFetcher Fetcher,
    SharedTeller? Teller,
    WorkerSlots Slots,
    IJobExecutor Compiler,
    TimeProvider Time,
    ILoggerFactory Loggers)
{
    /// <summary>What an embedder puts around the compiler.</summary>
    public Func<IJobExecutor, IJobExecutor>? AroundCompiler { get; init; }
}
