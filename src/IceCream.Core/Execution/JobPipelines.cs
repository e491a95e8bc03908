using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Inputs;
using IceCream.Toolchains;

namespace IceCream.Execution;

/// <summary>What the origin's pipeline is made of.</summary>
internal sealed record OriginParts(
    CompilerFamilies Families,
    IToolchainCache Toolchains,
    InputLadder Inputs,
    LeasePool Leases,
    PeerPool Peers,
    JobLedger Ledger,
    JobMetrics Metrics,
    TimeProvider Time);

/// <summary>The roads of a job, each a nest of executors: the outermost is met first.</summary>
internal static class JobPipelines
{
    /// <summary>The way to a worker and back, for jobs whose command line is understood.</summary>
    public static IJobExecutor Farm(OriginParts parts)
    {
        var shelf = new ToolchainShelf();
        return
            new OpenFarmExecutor(
                new WriteExecutor(
                    new ToolchainExecutor(
                        new InputsExecutor(
                            new ColourExecutor(
                                new RemoteExecutor(parts.Leases, parts.Peers, shelf, parts.Time)),
                            parts.Inputs, parts.Time),
                        parts.Toolchains, shelf, parts.Time),
                    parts.Time),
                parts.Leases);
    }

    /// <summary>All that happens to a command at its origin.</summary>
    /// <param name="parts">What it is made of.</param>
    /// <param name="farm">What <see cref="Farm"/> made, or an embedder's own way.</param>
    /// <param name="here">How a job is done on this machine: by a child, or by the launcher that asked.</param>
    public static IJobExecutor Origin(OriginParts parts, IJobExecutor farm, IJobExecutor here) =>
        new ReadExecutor(
            new LedgerExecutor(
                new FallbackExecutor(farm, here),
                parts.Ledger, parts.Metrics, parts.Time),
            parts.Families, parts.Time);
}
