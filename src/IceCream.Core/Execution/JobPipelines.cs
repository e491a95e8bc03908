using IceCream.Execution.History;
using IceCream.Execution.Local;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution;

/// <summary>
/// Builds the pipelines of a job as nested executors, the outermost of which runs first. They are built once per node; what differs between jobs is
/// in the job.
/// </summary>
internal static class JobPipelines
{
    /// <summary>The failure of a job when an executor at the origin throws: it is compiled here.</summary>
    private static readonly JobFailure DefectOfOrigin = new(FailedParty.Origin, JobStep.Send, FailureRemedy.CompileHere, "");

    /// <summary>The failure of a job when its executor on the worker throws: the fault may be that machine's.</summary>
    private static readonly JobFailure DefectOfWorker = new(FailedParty.Worker, JobStep.Compile, FailureRemedy.AnotherWorker, "");

    /// <summary>The pipeline of a command at its origin.</summary>
    public static IJobExecutor Origin(OriginParts parts) =>
        new ReadExecutor(
            new HistoryExecutor(
                new FallbackExecutor(
                    Contained(parts.Farm ?? Farm(parts), parts.AroundFarm, DefectOfOrigin, parts.Loggers),
                    Here(parts)),
                parts.History, parts.Metrics, parts.Reporter, parts.Time),
            parts.Families, parts.WrapperVariables, parts.Time);

    /// <summary>The pipeline on this machine: by the launcher that brought the job, or by a child process.</summary>
    public static IJobExecutor Here(OriginParts parts) =>
        new HandBackExecutor(
            new LocalExecutor(parts.LocalSlots, parts.Time),
            parts.LocalSlots, parts.Time);

    /// <summary>The pipeline of a job on a worker.</summary>
    public static IJobExecutor Worker(WorkerParts parts) =>
        new FetchExecutor(
            Shared(
                parts,
                new SlotExecutor(
                    Contained(parts.Compiler, parts.AroundCompiler, DefectOfWorker, parts.Loggers),
                    parts.Slots, parts.Time)),
            parts.Store, parts.Fetcher, parts.Name, parts.Time);

    /// <summary>The pipeline to a worker, for jobs with a parsed command line.</summary>
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

    /// <summary>Sends jobs to a worker; or runs them here in the way of a worker, when there is no farm but the result is to be cached.</summary>
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

    /// <summary>Adds the toolchain's description around an executor.</summary>
    private static ResendExecutor Described(OriginParts parts, IJobExecutor inner) =>
        new(
            new ToolchainExecutor(inner, parts.Toolchains, parts.WrapperVariables, parts.Time),
            parts.Toolchains);

    /// <summary>Adds the collection of inputs around an executor.</summary>
    private static PreloadExecutor Fed(OriginParts parts, IJobExecutor inner, Auditor? auditor) =>
        new(
            new InputsExecutor(inner, parts.Inputs, parts.Toolchains, auditor, parts.Time));

    /// <summary>Adds the publication to the shared cache around an executor, if there is one.</summary>
    private static IJobExecutor Shared(WorkerParts parts, IJobExecutor inner) =>
        parts.Teller is null ? inner : new SharingExecutor(inner, parts.Teller, parts.Name);

    /// <summary>Wraps an executor that may be an embedder's own, or be wrapped by an embedder's: an exception then fails only its one job.</summary>
    private static ContainedExecutor Contained(IJobExecutor executor, Func<IJobExecutor, IJobExecutor>? around, JobFailure failure, ILoggerFactory loggers) =>
        new(
            around?.Invoke(executor) ?? executor,
            failure, loggers.CreateLogger<ContainedExecutor>());
}
