using IceCream.Caching;
using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Execution.History;
using IceCream.Inputs;
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
    ICompilerProbe Probe,
    Lazy<RootsFolder> Trials,
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
        var trees = new ToolchainTrees();
        IJobExecutor farm =
            new OpenFarmExecutor(
                new ResendExecutor(
                    new ToolchainExecutor(
                        new WrapperTrialExecutor(
                            new PreloadExecutor(
                                new InputsExecutor(
                                    new RemoteExecutor(
                                        parts.Leases, parts.Peers, parts.Costs, trees, parts.Metrics, parts.Time, parts.Loggers.CreateLogger<RemoteExecutor>()),
                                    parts.Inputs, parts.Toolchains, trees, parts.Auditor, parts.Time),
                                trees),
                            parts.Probe, parts.Trials, parts.Loggers.CreateLogger<WrapperTrialExecutor>()),
                        parts.Toolchains, parts.WrapperVariables, trees, parts.Time),
                    parts.Toolchains),
                parts.Leases);
        return parts.Cache is null
            ? new OpenFarmExecutor(new ProcessorExecutor(new WriteExecutor(farm, parts.Time), parts.Processor), parts.Leases)
            : new ProcessorExecutor(
                new WriteExecutor(
                    new CachingExecutor(farm, parts.Cache, parts.Toolchains, parts.Time, parts.Loggers.CreateLogger<CachingExecutor>()),
                    parts.Time),
                parts.Processor);
    }

    /// <summary>All that happens to a command at its origin.</summary>
    /// <param name="parts">What it is made of.</param>
    /// <param name="farm">What <see cref="Farm"/> made, or an embedder's own way.</param>
    /// <param name="here">How a job is done on this machine: by a child, or by the launcher that asked.</param>
    public static IJobExecutor Origin(OriginParts parts, IJobExecutor farm, IJobExecutor here) =>
        new ReadExecutor(
            new HistoryExecutor(
                new FallbackExecutor(farm, here),
                parts.History, parts.Metrics, parts.Time),
            parts.Families, parts.WrapperVariables, parts.Time);
}
