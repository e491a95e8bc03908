using System.CommandLine;
using IceCream.Host.Configuration;
using IceCream.Host.Dashboard;
using IceCream.Host.Hosting;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Scheduling;

namespace IceCream.Host.Commands;

/// <summary><c>icehost scheduler</c>: hands out the slots of a farm until it is told to end.</summary>
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
            Options.Flag("--classic-monitor", "Let icemon and icecream-sundae look at the farm: whoever reaches the port sees names of nodes, users and files."),
            Options.DashboardListen(), insecure, verbose,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            Settings settings = parsed.Settings();
            SchedulerNodeOptions options = Describe(settings) with { StateDirectory = FindState(settings, parsed) };
            DashboardOptions? dashboard = settings.DashboardListen(options.Insecure) is { } address ? new DashboardOptions { Listen = address } : null;
            return NodeProgram.RunAsync(
                new HostedScheduler(options, dashboard, parsed.InvocationConfiguration.Error), settings.LogLevel(parsed.GetValue(verbose)), cancellationToken);
        });
        return command;
    }

    /// <summary>Where it keeps what it has learned: apart from what daemons keep, and for each network. A scheduler that finds no place does its work without.</summary>
    private static string? FindState(Settings settings, ParseResult parsed)
    {
        try
        {
            return Path.Combine(parsed.Remark(Places.Own().StateDirectory(settings)).Path, "scheduler", "network-" + Uri.EscapeDataString(settings.Network()));
        }
        catch (IOException e)
        {
            parsed.Remark($"what is learned of the farm is not kept: {e.Message.TrimEnd('.')}");
            return null;
        }
    }

    internal static SchedulerNodeOptions Describe(Settings settings)
    {
        bool insecure = settings.Flag(Setting.Insecure) ?? false;
        return new SchedulerNodeOptions
        {
            Network = settings.Network(),
            Insecure = insecure,
            ClassicMonitor = settings.Flag(Setting.ClassicMonitor) ?? false,
            Placement = settings.Choice(Setting.Placement, PlacementPolicies.Names) ?? PlacementPolicies.ExpectedFinish,
            Listen = settings.Listen(FarmAddress.SchedulerPort)
                ?? FarmAddress.Tcp(insecure ? "*" : "127.0.0.1", FarmAddress.SchedulerPort),
        };
    }
}
