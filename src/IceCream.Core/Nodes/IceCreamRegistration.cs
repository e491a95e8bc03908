using System.Diagnostics.Metrics;
using IceCream.Caching;
using IceCream.Execution;
using IceCream.Scheduling;
using IceCream.Storage;
using IceCream.Toolchains;
using IceCream.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>
/// Registers nodes as singletons that the embedder starts and the provider disposes. A node uses the embedder's registrations
/// of <see cref="IScheduler"/>, <see cref="IPlacementPolicy"/>, <see cref="ITransport"/>, <see cref="IToolchainCache"/>, <see cref="ISharedResults"/>,
/// <see cref="TimeProvider"/>, <see cref="ILoggerFactory"/> and <see cref="IMeterFactory"/>, and its built-in part otherwise. A function from
/// <see cref="IBlobStore"/> to <see cref="IBlobStore"/> wraps the blob store. An <see cref="IJobExecutor"/> must be registered under the
/// key <see cref="WorkerExecutor"/> or <see cref="FarmExecutor"/>: nodes ignore one without a key, since they are executors themselves.
/// A function from executor to executor under one of these keys wraps that executor, built in or not.
/// The provider must be disposed by <c>DisposeAsync</c>.
/// </summary>
public static class IceCreamRegistration
{
    /// <summary>The key of the <see cref="IJobExecutor"/> that runs the workers' jobs: <see cref="NodeServices.Compiler"/>.</summary>
    public const string WorkerExecutor = "IceCream.Worker";

    /// <summary>The key of the <see cref="IJobExecutor"/> that runs the agents' jobs that may leave: <see cref="NodeServices.Farm"/>.</summary>
    public const string FarmExecutor = "IceCream.Farm";

    /// <summary>Registers a <see cref="SchedulerNode"/>.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="options">The options.</param>
    public static IServiceCollection AddIceCreamScheduler(this IServiceCollection services, SchedulerNodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.TryAddSingleton(provider => new SchedulerNode(options, PartsOf(provider)));
        return services;
    }

    /// <summary>Registers a <see cref="DaemonNode"/>.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="options">The options.</param>
    public static IServiceCollection AddIceCreamDaemon(this IServiceCollection services, DaemonNodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.TryAddSingleton(provider => new DaemonNode(options, PartsOf(provider)));
        return services;
    }

    /// <summary>Registers an <see cref="EmbeddedFarm"/>.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="options">The options.</param>
    public static IServiceCollection AddIceCreamFarm(this IServiceCollection services, EmbeddedFarmOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.TryAddSingleton(provider => new EmbeddedFarm(options, PartsOf(provider)));
        return services;
    }

    private static NodeServices PartsOf(IServiceProvider provider) => new()
    {
        Loggers = provider.GetService<ILoggerFactory>(),
        Meters = provider.GetService<IMeterFactory>(),
        Time = provider.GetService<TimeProvider>(),
        Transport = provider.GetService<ITransport>(),
        Scheduler = provider.GetService<IScheduler>(),
        Placement = provider.GetService<IPlacementPolicy>(),
        Toolchains = provider.GetService<IToolchainCache>(),
        SharedResults = provider.GetService<ISharedResults>(),
        AroundStore = provider.GetService<Func<IBlobStore, IBlobStore>>(),
        Compiler = provider.GetKeyedService<IJobExecutor>(WorkerExecutor),
        Farm = provider.GetKeyedService<IJobExecutor>(FarmExecutor),
        AroundCompiler = provider.GetKeyedService<Func<IJobExecutor, IJobExecutor>>(WorkerExecutor),
        AroundFarm = provider.GetKeyedService<Func<IJobExecutor, IJobExecutor>>(FarmExecutor),
    };
}
