using IceCream.Execution.History;
using IceCream.Execution.Local;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution;

/// <summary>
/// The roads of a job, each a nest of executors: the outermost is met first. They are built once, when a node is made; what differs from job to job travels with the job.
/// </summary>
internal static class JobPipelines
{
    /// <summary>What a job meets on a way to the farm that throws: it is compiled here.</summary>
    private static readonly JobFailure DefectOfOrigin = new(FailedParty.Origin, JobStep.Send, FailureRemedy.CompileHere, "");

    /// <summary>What a job meets whose executor throws: the fault may be this machine's.</summary>
    private static readonly JobFailure DefectOfWorker = new(FailedParty.Worker, JobStep.Compile, FailureRemedy.AnotherWorker, "");

    /// <summary>All that happens to a command at its origin.</summary>
    public static IJobExecutor Origin(OriginParts parts) =>
        new ReadExecutor(
            new HistoryExecutor(
                new FallbackExecutor(
                    Contained(parts.Farm ?? Farm(parts), parts.AroundFarm, DefectOfOrigin, parts.Loggers),
                    Here(parts)),
                parts.History, parts.Metrics, parts.Reporter, parts.Time),
            parts.Families, parts.WrapperVariables, parts.Time);

    /// <summary>On this machine: by the launcher that brought it, or by a child.</summary>
    public static IJobExecutor Here(OriginParts parts) =>
        new HandBackExecutor(
            new LocalExecutor(parts.LocalSlots, parts.Time),
            parts.LocalSlots, parts.Time);

    /// <summary>All that happens to a job on a worker.</summary>
    public static IJobExecutor Worker(WorkerParts parts) =>
        new FetchExecutor(
            Shared(
                parts,
                new SlotExecutor(
                    Contained(parts.Compiler, parts.AroundCompiler, DefectOfWorker, parts.Loggers),
                    parts.Slots, parts.Time)),
            parts.Store, parts.Fetcher, parts.Name, parts.Time);

    /// <summary>The way to a worker and back, for jobs whose command line is understood.</summary>
    private static IJobExecutor Farm(OriginParts parts) =>
        parts.Cache is null
            ? new OpenFarmExecutor(
                new ProcessorExecutor(
                    new WriteExecutor(
                        Remote(parts),
                        parts.Time),
                    parts.Processor),
                null, parts.Leases)
            : new ProcessorExecutor(
                new WriteExecutor(
                    new CachingExecutor(
                        Remote(parts),
                        parts.Cache, parts.Toolchains, parts.Time, parts.Loggers.CreateLogger<CachingExecutor>()),
                    parts.Time),
                parts.Processor);

    /// <summary>By a worker; or here, in the way of a worker, while no farm could take what is to be kept.</summary>
    private static OpenFarmExecutor Remote(OriginParts parts) =>
        new(
            Described(
                parts,
                new WrapperTrialExecutor(
                    Fed(
                        parts,
                        new RemoteExecutor(parts.Leases, parts.Peers, parts.Costs, parts.Hedging, parts.Own, parts.Metrics, parts.Time, parts.Loggers.CreateLogger<RemoteExecutor>()),
                        parts.Auditor),
                    parts.Probe, parts.Trials, parts.Loggers.CreateLogger<WrapperTrialExecutor>())),
            parts.Sandbox is null || parts.Cache is null ? null
                : Described(
                    parts,
                    Fed(
                        parts,
                        new ObservedLocalExecutor(parts.Sandbox, parts.LocalSlots, parts.Leases, parts.Cache.Counters, parts.Time),
                        auditor: null)),
            parts.Leases);

    /// <summary>What finds out of which compiler a job is, around what does it.</summary>
    private static ResendExecutor Described(OriginParts parts, IJobExecutor inner) =>
        new(
            new ToolchainExecutor(inner, parts.Toolchains, parts.WrapperVariables, parts.Time),
            parts.Toolchains);

    /// <summary>What finds out what a job reads, around what does it.</summary>
    private static PreloadExecutor Fed(OriginParts parts, IJobExecutor inner, Auditor? auditor) =>
        new(
            new InputsExecutor(inner, parts.Inputs, parts.Toolchains, auditor, parts.Time));

    /// <summary>What tells results to those who share them, where somebody does.</summary>
    private static IJobExecutor Shared(WorkerParts parts, IJobExecutor inner) =>
        parts.Teller is null ? inner : new SharingExecutor(inner, parts.Teller, parts.Name);

    /// <summary>What may be an embedder's own, or have something of an embedder's around it: whatever it throws fails its one job.</summary>
    private static ContainedExecutor Contained(IJobExecutor executor, Func<IJobExecutor, IJobExecutor>? around, JobFailure failure, ILoggerFactory loggers) =>
        new(
            around?.Invoke(executor) ?? executor,
            failure, loggers.CreateLogger<ContainedExecutor>());
}
