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
    RetriedLazy<RootsFolder> Trials,
    LocalSlots LocalSlots,
    OwnSandbox? Sandbox,
    OwnMachine? Own,
    HedgedAttempts Hedging,
    CompileCache? Cache,
    Auditor? Auditor,
    TimeProvider Time,
    ILoggerFactory Loggers)
{
    /// <summary>Executes jobs that may leave, instead of the built-in executor.</summary>
    public IJobExecutor? Farm { get; init; }

    /// <summary>An embedder's wrapper around that executor.</summary>
    public Func<IJobExecutor, IJobExecutor>? AroundFarm { get; init; }
}

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
    /// <summary>An embedder's wrapper around the compiler's executor.</summary>
    public Func<IJobExecutor, IJobExecutor>? AroundCompiler { get; init; }
}
