using IceCream.Caching;
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
    Lazy<SandboxedCompiler>? Sandbox,
    Lazy<SandboxedCompiler> Compiler,
    OwnCores? Cores,
    bool CoresTakeWaiting,
    HedgedAttempts Hedging,
    CompileCache? Cache,
    Auditor? Auditor,
    TimeProvider Time,
    ILoggerFactory Loggers);

/// <summary>The roads of a job, each a nest of executors: the outermost is met first.</summary>
internal static class JobPipelines
{
    /// <summary>The way to a worker and back, for jobs whose command line is understood.</summary>
    public static IJobExecutor Farm(OriginParts parts)
    {
        IJobExecutor remote = new RemoteExecutor(
            parts.Leases, parts.Peers, parts.Costs, parts.Hedging,
            parts.Cores is null ? null : new OwnMachine(parts.Cores, new OwnSandbox(parts.Compiler, parts.Time), parts.CoresTakeWaiting), parts.Metrics, parts.Time, parts.Loggers.CreateLogger<RemoteExecutor>());
        IJobExecutor farm = new OpenFarmExecutor(
            Described(
                parts, new WrapperTrialExecutor(Fed(parts, remote, parts.Auditor), parts.Probe, parts.Trials, parts.Loggers.CreateLogger<WrapperTrialExecutor>())),
            parts.Sandbox is null || parts.Cache is null ? null
                : Described(
                    parts, Fed(
                        parts, new ObservedLocalExecutor(new OwnSandbox(parts.Sandbox, parts.Time), parts.LocalSlots, parts.Leases, parts.Cache.Counters, parts.Time), auditor: null)),
            parts.Leases);
        return parts.Cache is null
            ? new OpenFarmExecutor(new ProcessorExecutor(new WriteExecutor(farm, parts.Time), parts.Processor), null, parts.Leases)
            : new ProcessorExecutor(
                new WriteExecutor(
                    new CachingExecutor(farm, parts.Cache, parts.Toolchains, parts.Time, parts.Loggers.CreateLogger<CachingExecutor>()),
                    parts.Time),
                parts.Processor);
    }

    /// <summary>What finds out of which compiler a job is, around what does it.</summary>
    private static ResendExecutor Described(OriginParts parts, IJobExecutor inner) =>
        new(new ToolchainExecutor(inner, parts.Toolchains, parts.WrapperVariables, parts.Time), parts.Toolchains);

    /// <summary>What finds out what a job reads, around what does it.</summary>
    private static PreloadExecutor Fed(OriginParts parts, IJobExecutor inner, Auditor? auditor) =>
        new(new InputsExecutor(inner, parts.Inputs, parts.Toolchains, auditor, parts.Time));

    /// <summary>All that happens to a command at its origin.</summary>
    /// <param name="parts">What it is made of.</param>
    /// <param name="farm">What <see cref="Farm"/> made, or an embedder's own way.</param>
    /// <param name="here">How a job is done on this machine: by a child, or by the launcher that asked.</param>
    public static IJobExecutor Origin(OriginParts parts, IJobExecutor farm, IJobExecutor here) =>
        new ReadExecutor(
            new HistoryExecutor(
                new FallbackExecutor(farm, here),
                parts.History, parts.Metrics, parts.Reporter, parts.Time),
            parts.Families, parts.WrapperVariables, parts.Time);
}
