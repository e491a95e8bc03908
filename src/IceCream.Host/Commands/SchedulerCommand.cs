using System.CommandLine;
using IceCream.Host.Configuration;
using IceCream.Host.Dashboard;
using IceCream.Host.Hosting;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Scheduling;

namespace IceCream.Host.Commands;

/// <summary><c>icehost scheduler</c>: leases the slots of a farm until a signal ends it.</summary>
internal static class SchedulerCommand
{
    public static Command Build()
    {
        Option<bool> insecure = Options.Insecure(), verbose = Options.Verbose();
        var command = new Command("scheduler", "Hand out the slots of a farm's workers. Runs until SIGTERM or SIGINT.")
        {
            Options.Value("--listen", "HOST:PORT", "Where it answers, by TCP and to broadcasts; HOST may be an interface, such as eth0; port 0 takes a free one. Default: 127.0.0.1:8765, with --insecure *:8765, on IPv4 and IPv6."),
            Options.Network(), Options.StateDirectory(),
            Options.Value("--placement", "NAME", $"How workers are chosen: {string.Join(", ", PlacementPolicies.Names)}. Default: {PlacementPolicies.ExpectedFinish}."),
            Options.Value("--shares", "USER=WEIGHT[:CLASS],…", "What users get of the farm: 2 is twice as much as others; with the class of their jobs at best: interactive, ci or ahead. Default: all the same."),
            Options.Flag("--classic-monitor", "Let icemon and icecream-sundae look at the farm: whoever reaches the port sees names of nodes, users and files. Not on a secure farm."),
            Options.DashboardListen(), insecure, verbose,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            Settings settings = parsed.Settings();
            SchedulerFolder? folder = FindState(settings, Places.Own(), parsed.Warn);
            SchedulerNodeOptions options = Secure(Describe(settings) with { StateDirectory = folder?.Path }, folder);
            parsed.Warn(options is { ClassicMonitor: true, Authority: not null } ? "--classic-monitor shows nothing of a secure farm: such monitors cannot prove who they are. 'icehost top' and the dashboard show it" : "");
            DashboardOptions? dashboard = DescribeDashboard(settings, options, folder) is { } address
                ? new DashboardOptions { Listen = address, Access = options.Authority is { } authority && !address.IsLocal ? new DashboardAccess(authority, TimeProvider.System) : null }
                : null;
            return NodeProgram.RunAsync(
                new HostedScheduler(options, dashboard, parsed.InvocationConfiguration.Error), settings.LogLevel(parsed.GetValue(verbose)), cancellationToken);
        });
        return command;
    }

    /// <summary>The folder for what the scheduler learns, separate from daemons' state and for each network; null if there is none: the scheduler works without it.</summary>
    internal static SchedulerFolder? FindState(Settings settings, Places places, Action<string> warn)
    {
        try
        {
            Place place = places.StateDirectory(settings);
            warn(place.Obstacle?.Detail ?? "");
            return SchedulerFolder.In(place.Path, settings);
        }
        catch (IOException e)
        {
            warn($"what is learned of the farm is not kept: {e.Message.TrimEnd('.')}");
            return null;
        }
    }

    /// <summary>
    /// Adds a certificate authority to the options if other machines can reach the scheduler, or if its state folder already holds one. A scheduler that listens
    /// only on loopback needs none, and with --insecure there is none.
    /// </summary>
    /// <exception cref="ConfigurationException">An authority is needed, but there is no state directory for it.</exception>
    private static SchedulerNodeOptions Secure(SchedulerNodeOptions options, SchedulerFolder? folder)
    {
        if (!IsSecure(options, folder))
        {
            return options;
        }

        return folder is null
            ? throw new ConfigurationException("A scheduler that other machines reach keeps its certificate authority in its state directory, and there is none. Name one by --state-dir, or on a closed network say --insecure.")
            : options with { Authority = FarmAuthority.Open(folder.Authority, options.Network), OwnerSocket = folder.Socket };
    }

    private static bool IsSecure(SchedulerNodeOptions options, SchedulerFolder? folder) =>
        !options.Insecure && (!options.Listen.IsLocal || (folder is not null && FarmAuthority.IsIn(folder.Authority)));

    /// <summary>Where the dashboard listens; null if it is off. Other machines may reach it if it asks them for a read token, or if the farm is open to all.</summary>
    /// <exception cref="ConfigurationException">It is an address that other machines may not reach, or none.</exception>
    internal static FarmAddress? DescribeDashboard(Settings settings, SchedulerNodeOptions options, SchedulerFolder? folder) =>
        settings.DashboardListen(options.Insecure || IsSecure(options, folder));

    internal static SchedulerNodeOptions Describe(Settings settings)
    {
        bool insecure = settings.Flag(Setting.Insecure) ?? false;
        return new SchedulerNodeOptions
        {
            Network = settings.Network(),
            Insecure = insecure,
            ClassicMonitor = settings.Flag(Setting.ClassicMonitor) ?? false,
            Placement = settings.Choice(Setting.Placement, PlacementPolicies.Names) ?? PlacementPolicies.ExpectedFinish,
            Shares = settings.Shares(),
            Listen = settings.Listen(FarmAddress.SchedulerPort)
                ?? FarmAddress.Tcp(Defaults.Host(insecure), FarmAddress.SchedulerPort),
        };
    }
}
