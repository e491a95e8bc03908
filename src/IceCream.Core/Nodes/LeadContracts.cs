using IceCream.Jobs;
using IceCream.Transport;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>Contract only: replaced at merge.</summary>
public sealed class AgentAlreadyRunsException(string message) : IOException(message);

/// <summary>Contract only: replaced at merge.</summary>
public sealed record DaemonServices
{
    /// <summary>Where the node logs.</summary>
    public ILoggerFactory? Loggers { get; init; }
}

/// <summary>Contract only: replaced at merge.</summary>
public sealed class DaemonNode(DaemonNodeOptions options, ITransport transport, DaemonServices? services = null) : IAsyncDisposable
{
    /// <summary>Contract.</summary>
    public ValueTask StartAsync(CancellationToken cancellationToken) => throw new NotSupportedException($"{options} {transport} {services}");

    /// <summary>Contract.</summary>
    public Task Completion => Task.CompletedTask;

    /// <summary>Contract.</summary>
    public FarmAddress? WorkerAddress => null;

    /// <summary>Contract.</summary>
    public string? Obstacle => null;

    /// <summary>Contract.</summary>
    public JobStatistics Describe() => new();

    /// <summary>Contract.</summary>
    public ValueTask DisposeAsync() => default;
}

/// <summary>Contract only: replaced at merge.</summary>
public sealed record EmbeddedFarmOptions
{
    /// <summary>Contract.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>Contract.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Contract.</summary>
    public int SlotsPerWorker { get; init; } = Environment.ProcessorCount;

    /// <summary>Contract.</summary>
    public int LocalSlots { get; init; } = Environment.ProcessorCount;

    /// <summary>Contract.</summary>
    public FarmAddress? Scheduler { get; init; }

    /// <summary>Contract.</summary>
    public string Network { get; init; } = "ICECREAM";

    /// <summary>Contract.</summary>
    public bool Insecure { get; init; }
}

/// <summary>Contract only: replaced at merge.</summary>
public sealed class EmbeddedFarm : IAsyncDisposable
{
    private EmbeddedFarm(string socket) => Socket = socket;

    /// <summary>Contract.</summary>
    public string Socket { get; }

    /// <summary>Contract.</summary>
    public static ValueTask<EmbeddedFarm> StartAsync(EmbeddedFarmOptions options, DaemonServices? services, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new EmbeddedFarm(Path.Combine(options.StateDirectory, "agent.socket")));

    /// <summary>Contract.</summary>
    public JobStatistics Describe() => new();

    /// <summary>Contract.</summary>
    public ValueTask DisposeAsync() => default;
}

/// <summary>Contract only: replaced at merge.</summary>
public static class SchedulerDiscovery
{
    /// <summary>Contract.</summary>
    public static ValueTask<FarmAddress?> FindAsync(string network, CancellationToken cancellationToken = default) => ValueTask.FromResult<FarmAddress?>(null);
}
