using System.Collections.Immutable;
using IceCream.Caching;
using IceCream.Identity;
using IceCream.Jobs;

namespace IceCream.Nodes;

/// <summary>The options of a farm within this process.</summary>
public sealed record EmbeddedFarmOptions
{
    /// <summary>The folder of blobs, roots and learned data, preferably reused by later farms; created when missing, accessible to its owner only.</summary>
    /// <value>Not empty.</value>
    public required string StateDirectory { get; init; }

    /// <summary>The path of the agent's Unix socket for launchers; null: jobs come from this process only.</summary>
    /// <value>At most 107 bytes in UTF-8. Default: null.</value>
    public string? Socket { get; init; }

    /// <summary>The number of workers.</summary>
    /// <value>1 or more, and 0 too when <see cref="Scheduler"/> is set: then it is without effect. Default: 1.</value>
    public int Workers { get; init; } = 1;

    /// <summary>How many jobs each worker runs at a time.</summary>
    /// <value>1 to 4096. Default: the number of processors.</value>
    public int SlotsPerWorker { get; init; } = Environment.ProcessorCount;

    /// <summary>How many commands of each class may run outside the workers.</summary>
    /// <value>1 to 4096. Default: the number of processors.</value>
    public int LocalSlots { get; init; } = Environment.ProcessorCount;

    /// <summary>Files and folders whose content never leaves this machine, as in <see cref="DaemonNodeOptions.PrivateFiles"/>.</summary>
    /// <value>Default: <c>default</c>.</value>
    public string PrivateFiles { get; init; } = Inputs.Privacy.PrivateRoots.UsualWord;

    /// <summary>The scheduler of an external farm, whose workers are used instead; null: scheduler and workers are in this process.</summary>
    /// <value>Default: null.</value>
    public FarmAddress? Scheduler { get; init; }

    /// <summary>The options of the agent's result cache in its state directory; null: nothing is cached, and every job is compiled.</summary>
    /// <value>Default: null.</value>
    public CacheOptions? Cache { get; init; }

    /// <summary>As <see cref="DaemonNodeOptions.Class"/>.</summary>
    /// <value>Default: interactive.</value>
    public PriorityClass Class { get; init; }

    /// <summary>As <see cref="DaemonNodeOptions.Dynamic"/>.</summary>
    /// <value>Default: when a job is late. Without effect when <see cref="Scheduler"/> is null: the workers are this machine then.</value>
    internal DynamicExecution Dynamic { get; init; } = DynamicExecution.Late;

    /// <summary>As <see cref="DaemonNodeOptions.Standbys"/>.</summary>
    internal ImmutableArray<FarmAddress> Standbys { get; init; } = [];

    /// <summary>As <see cref="DaemonNodeOptions.Niceness"/>, <see cref="DaemonNodeOptions.HugePages"/> and <see cref="DaemonNodeOptions.StoreLimit"/>, for every node; null: the default.</summary>
    internal int? Niceness { get; init; }

    /// <inheritdoc cref="Niceness"/>
    internal bool? HugePages { get; init; }

    /// <inheritdoc cref="Niceness"/>
    internal long? StoreLimit { get; init; }

    /// <summary>As <see cref="DaemonNodeOptions.AuditEvery"/>, for the agent.</summary>
    internal int? AuditEvery { get; init; }

    /// <summary>The name of the build that all jobs belong to, as in <see cref="DaemonNodeOptions.Build"/>.</summary>
    /// <value>Default: empty.</value>
    public string Build { get; init; } = "";

    /// <summary>The network's name.</summary>
    /// <value>Not empty. Default: <c>ICECREAM</c>.</value>
    public string Network { get; init; } = "ICECREAM";

    /// <summary>As <see cref="DaemonNodeOptions.Credentials"/>, for the external farm.</summary>
    /// <value>Default: null. Without effect when <see cref="Scheduler"/> is null.</value>
    public NodeCredentials? Credentials { get; init; }

    /// <summary>Whether unencrypted connections to the external farm are allowed. Without effect with <see cref="Credentials"/>.</summary>
    /// <value>Default: false.</value>
    public bool Insecure { get; init; }

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(StateDirectory);
        ArgumentException.ThrowIfNullOrWhiteSpace(Network);
        DaemonNodeOptions.Require(Workers >= (Scheduler is null ? 1 : 0), nameof(Workers), Workers, Scheduler is null ? "1 or more" : "0 or more");
        DaemonNodeOptions.Require(SlotsPerWorker is >= 1 and <= 4096, nameof(SlotsPerWorker), SlotsPerWorker, "1 to 4096");
        DaemonNodeOptions.Require(LocalSlots is >= 1 and <= 4096, nameof(LocalSlots), LocalSlots, "1 to 4096");
        Cache?.Validate();
    }
}
