using System.Collections.Immutable;
using System.CommandLine;
using IceCream.Caching;
using IceCream.Host.Caching;
using IceCream.Host.Configuration;
using IceCream.Host.Hosting;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes;

namespace IceCream.Host.Commands;

/// <summary><c>icehost daemon</c>: runs an agent for this machine's users, a worker for others, or both.</summary>
internal static class DaemonCommand
{
    private const int MostSlots = 4096;

    private const long LeastResults = 16L << 20;

    public static Command Build()
    {
        Option<bool> verbose = Options.Verbose(), yield = Options.Flag("--yield", "With --no-worker: leave the socket to a daemon that comes later, as agents do that icelaunch starts.");
        var command = new Command("daemon", "Be the agent of this machine's users and a worker for others. Runs until SIGTERM or SIGINT.");
        foreach (Option option in SettingOptions())
        {
            command.Add(option);
        }

        command.Add(yield);
        command.Add(verbose);
        command.SetAction((parsed, cancellationToken) =>
        {
            Settings settings = parsed.Settings();
            var places = Places.Own();
            DaemonNodeOptions options = Describe(settings, Defaults.IsManagedService(), places) with { Yields = parsed.GetValue(yield) };
            if (options is { Yields: true, Listen: not null })
            {
                throw new ConfigurationException("--yield: a worker would end in the middle of others' jobs. Allowed: together with --no-worker.");
            }

            parsed.Warn(places.StateDirectory(settings));
            if (options.Socket is not null)
            {
                parsed.Warn(places.Socket(settings));
            }

            parsed.Warn(TemporaryFolder.Mend());
            JoinToken? token = options.Insecure ? null : ReadToken(settings, options);
            return NodeProgram.RunAsync(
                new HostedDaemon(options, token, SharedStores.Of(settings), settings.Files, parsed.InvocationConfiguration.Error), settings.LogLevel(parsed.GetValue(verbose)), cancellationToken);
        });
        return command;
    }

    /// <summary>The token by which the daemon joins a farm; null if none is named, or if its file is gone and the machine has joined: the token has done its work then.</summary>
    private static JoinToken? ReadToken(Settings settings, DaemonNodeOptions options) =>
        settings.Path(Setting.JoinFile) is not { } file ? null
        : settings.Text(Setting.JoinFile) == "-" ? FarmJoin.Read("-", Console.In)
        : options.Credentials is not null && !File.Exists(file) ? null
        : FarmJoin.Read(file, Console.In);

    /// <summary>The options for all settings of a daemon.</summary>
    internal static IEnumerable<Option> SettingOptions() =>
    [
        Options.Scheduler(), Options.Network(),
        Options.Value("--listen", "HOST:PORT", "Where the worker answers; HOST may be an interface, such as eth0. Default: 127.0.0.1:10245, in a farm *:10245, on IPv4 and IPv6."),
        Options.Value("--advertise", "HOST:PORT", "The address that others are told, where it differs: behind NAT, in containers."),
        Options.Value("--name", "NODE", "The node's name, unique in its network. Default: the host's name."),
        Options.Value("--slots", "N", "How many jobs of others at a time. Default: the number of processors."),
        Options.Value("--local-slots", "N", "How many compiles of this machine's users at a time here. Default: the number of processors."),
        Options.Value("--dynamic", "WHEN", "When a job is done in a second place as well, by the first result: off, late (a worker is late with it or not heard of), always (and idle cores of this machine take jobs that wait). Default: late."),
        Options.Class(), Options.Socket(), Options.StateDirectory(),
        Options.Value("--nice", "N", "Added to the niceness of others' jobs, 0 to 19. Default: 5."),
        Options.Value("--cache-limit", "SIZE", "What the blob store may hold, such as 20G; without a unit in MiB. Default: 10G."),
        .. ResultOptions(),
        Options.Flag("--no-huge-pages", "Give the jobs of others their memory in small pages."),
        Options.Flag("--no-worker", "Take no jobs of others."),
        Options.Flag("--no-agent", "Take no jobs of this machine's users."),
        Options.Insecure(),
        Options.Value("--join-file", "PATH", "Join the farm by the token that 'icehost token' wrote into this file; - is standard input. A machine that has joined needs it no more."),
        Options.Value("--idle-exit", "MINUTES", "End after so long without a job; 0: never. Default: never; 30 with --no-worker, unless systemd runs it."),
    ];

    /// <summary>The options for the settings of the result cache.</summary>
    internal static IEnumerable<Option> ResultOptions() =>
    [
        Options.Value("--cache", "MODE", "What is done with known results of compiles: on, off, readonly or recache. A command's own ICECREAM_CACHE wins. Default: on."),
        Options.Value("--cache-size", "SIZE", "What known results may take on disk, such as 20G; without a unit in MiB. Default: 5G."),
        Options.Value("--cache-shared", "URL", "Share known results, as http://HOST:PORT/PATH or redis://HOST:PORT, with |read-only at its end to write nothing there. Default: not shared."),
        Options.Value("--cache-local", "YES|NO", "Keep also what is compiled here because no farm is there; it is then compiled in a sandbox. Default: yes."),
        Options.Value("--cache-base-dir", "DIR:…", "Folders that hold checkouts, which share what compiles to the same bytes in each. Default: none."),
        Options.Value("--cache-verify", "N", "Compile one known result in N again, and compare; 0: none. Default: 0."),
    ];

    /// <summary>The result cache's options.</summary>
    internal static CacheOptions DescribeResults(Settings settings)
    {
        var cache = new CacheOptions();
        return cache with
        {
            Mode = settings.CacheMode() ?? cache.Mode,
            Limit = settings.Size(Setting.CacheSize, LeastResults) ?? cache.Limit,
            VerifyEvery = settings.Number(Setting.CacheVerify, 0, int.MaxValue) ?? cache.VerifyEvery,
            KeepsLocal = settings.Flag(Setting.CacheLocal) ?? cache.KeepsLocal,
            BaseDirectories = settings.BaseDirectories(),
        };
    }

    /// <param name="settings">The settings of all layers.</param>
    /// <param name="isManagedService">Whether a service manager runs it and so decides when it ends.</param>
    /// <param name="places">The default places of state directory and socket.</param>
    internal static DaemonNodeOptions Describe(Settings settings, bool isManagedService, Places places)
    {
        ImmutableArray<FarmAddress> schedulers = settings.Addresses(Setting.Scheduler, FarmAddress.SchedulerPort);
        bool worker = settings.Flag(Setting.Worker) ?? true, agent = settings.Flag(Setting.Agent) ?? true;
        if (!worker && !agent)
        {
            throw new ConfigurationException("A daemon without worker and without agent has nothing to do. Allowed: one of --no-worker and --no-agent.");
        }

        var membership = Membership.Of(settings, places);
        if (membership.Name is { } certified && settings.Name() is { } other && other != certified && settings.Text(Setting.JoinFile) is null)
        {
            throw new ConfigurationException($"{settings.OriginOf(Setting.Name).Where}: '{other}' is not allowed, since this machine has joined its farm as '{certified}'. Allowed: that name; or --join-file with a token, to join under another.");
        }

        int? idle = settings.Number(Setting.IdleExit, 0, 60 * 24 * 365);
        FarmAddress? listen = worker ? settings.Listen(FarmAddress.DaemonPort) : null;
        var node = new DaemonNodeOptions
        {
            StateDirectory = places.StateDirectory(settings).Path,
            Scheduler = schedulers.IsEmpty ? null : schedulers[0],
            Standbys = schedulers.IsEmpty ? [] : schedulers[1..],
            Network = settings.Network(),
            Socket = agent ? places.Socket(settings).Path : null,
            Listen = worker ? listen ?? FarmAddress.Tcp(membership.Host, FarmAddress.DaemonPort) : null,
            Advertise = settings.Address(Setting.Advertise, FarmAddress.DaemonPort),
            Insecure = membership.IsInsecure,
            Credentials = membership.Credentials,
            IdleExit = idle is { } minutes ? (minutes == 0 ? null : TimeSpan.FromMinutes(minutes))
                : !worker && !isManagedService ? TimeSpan.FromMinutes(30) : null,
        };
        return node with
        {
            Name = settings.Name() ?? membership.Name ?? node.Name,
            User = membership.Credentials?.Identity.User ?? node.User,
            Slots = settings.Number(Setting.Slots, 1, MostSlots) ?? node.Slots,
            LocalSlots = settings.Number(Setting.LocalSlots, 1, MostSlots) ?? node.LocalSlots,
            Dynamic = settings.Dynamic() ?? node.Dynamic,
            Class = settings.Class() ?? node.Class,
            Niceness = settings.Number(Setting.Niceness, 0, 19) ?? node.Niceness,
            PrivateFiles = settings.PrivateFiles() ?? node.PrivateFiles,
            AuditEvery = settings.Number(Setting.Audit, 1, 1_000_000),
            HugePages = settings.Flag(Setting.HugePages) ?? node.HugePages,
            Cache = DescribeResults(settings),
            StoreLimit = settings.Size(Setting.CacheLimit, Settings.LeastStore) ?? node.StoreLimit,
        };
    }
}
