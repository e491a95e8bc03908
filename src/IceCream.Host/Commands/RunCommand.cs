using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using IceCream.Caching;
using IceCream.Host.Caching;
using IceCream.Host.Compilers;
using IceCream.Host.Configuration;
using IceCream.Host.Dashboard;
using IceCream.Host.Hosting;
using IceCream.Host.Live;
using IceCream.Host.Rendering;
using IceCream.Host.Runs;
using IceCream.Inputs.Privacy;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Host.Commands;

/// <summary><c>icehost run -- COMMAND…</c>: runs one build on a farm inside this process, or on a real farm. Returns the command's exit code.</summary>
internal static class RunCommand
{
    private const int MostWorkers = 64, MostSlots = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static Command Build()
    {
        Option<string> workers = Options.Value("--workers", "N", "How many workers this process holds, 1 to 64, and 0 too with --scheduler. Default: 1.");
        Option<bool> quiet = Options.Flag("--quiet", "No summary at the end, and no progress in the last line of a terminal."), jobs = Options.Flag("--jobs", "The summary lists each job: its source, where it ran, and how long it took."), verbose = Options.Verbose(), dashboard = Options.Flag("--dashboard", "Show the farm of this process in a browser while the build runs.");
        var json = new Option<string?>("--json")
        {
            HelpName = "FILE",
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The summary as JSON: in FILE, on standard output for -, and without either in the table's place on standard error.",
        };
        var words = new Argument<string[]>("COMMAND") { Arity = ArgumentArity.OneOrMore, Description = "The build, after --, such as: make -j16" };
        var command = new Command("run", "Run a build with the launcher in front of its compilers, and a farm behind it.")
        {
            words, workers,
            Options.Value("--slots", "N", "How many jobs each worker of this process does at a time. Default: the number of processors."),
            Options.Value("--local-slots", "N", "How many compiles run directly on this machine at a time. Default: the number of processors."),
            Options.Value("--scheduler", "HOST[:PORT],…", "Join the farm of this scheduler. Default: this process's own farm."),
            Options.Value("--join-file", "PATH", "With --scheduler: join that farm first, as an agent, by the token that 'icehost token' wrote into this file. A user who has joined needs it no more."),
            Options.Class(), Options.Network(), Options.StateDirectory(), Options.Insecure(), quiet, jobs, json, dashboard, Options.DashboardListen(), verbose,
        };
        foreach (Option option in DaemonCommand.ResultOptions())
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            Settings settings = parsed.Settings();
            bool joins = parsed.GetResult("--scheduler") is not null, isSecure = joins && !(settings.Flag(Setting.Insecure) ?? false);
            TextWriter output = parsed.InvocationConfiguration.Output, error = parsed.InvocationConfiguration.Error;
            parsed.Warn(parsed.GetResult("--join-file") is not null && !isSecure ? "--join-file has no effect without --scheduler, nor with --insecure: this build joins no farm by it" : "");
            parsed.Warn(parsed.GetResult("--dashboard-listen") is not null && !parsed.GetValue(dashboard) ? "--dashboard-listen has no effect without --dashboard" : "");
            parsed.Warn(parsed.GetValue(jobs) && (parsed.GetValue(quiet) || parsed.GetResult(json) is not null) ? "--jobs has no effect with --quiet and --json: it is about the table that they leave out" : "");
            if (isSecure && settings.Path(Setting.JoinFile) is { } token)
            {
                await JoinAsync(settings, token, isTyped: parsed.GetResult("--join-file") is not null, error, cancellationToken);
            }

            ImmutableArray<FarmAddress> schedulers = settings.Addresses(Setting.Scheduler, FarmAddress.SchedulerPort);
            var options = new EmbeddedFarmOptions
            {
                StateDirectory = parsed.Warn(Places.Own().StateDirectory(settings)).Path,
                Network = settings.Network(),
                Cache = DaemonCommand.DescribeResults(settings),
                Insecure = settings.Flag(Setting.Insecure) ?? false,
                Workers = settings.Number("workers", joins ? 0 : 1, MostWorkers) ?? 1,
                SlotsPerWorker = settings.Number(Setting.Slots, 1, MostSlots) ?? Environment.ProcessorCount,
                LocalSlots = settings.Number(Setting.LocalSlots, 1, MostSlots) ?? Environment.ProcessorCount,

                Dynamic = settings.Dynamic() ?? DynamicExecution.Late,
                Class = settings.Class() ?? PriorityClass.Interactive,
                Build = string.Join(' ', parsed.GetRequiredValue(words)),
                PrivateFiles = settings.PrivateFiles() ?? PrivateRoots.UsualWord,
                Niceness = settings.Number(Setting.Niceness, 0, 19),
                HugePages = settings.Flag(Setting.HugePages),
                StoreLimit = settings.Size(Setting.CacheLimit, Settings.LeastStore),
                AuditEvery = settings.Number(Setting.Audit, 1, 1_000_000),

                Credentials = isSecure ? NodeCredentials.Load(NodeCredentials.FolderIn(Places.Own().StateDirectory(settings).Path)) : null,

                // Only the option joins a farm: a file in /etc must not send a build elsewhere that asked for a farm of its own.
                Scheduler = !joins || schedulers.IsEmpty ? null : schedulers[0],
                Standbys = !joins || schedulers.IsEmpty ? [] : schedulers[1..],
            };
            ILoggerFactory? loggers = !parsed.GetValue(verbose) && settings.Text(Setting.Log) is null ? null
                : LoggerFactory.Create(logging => ConsoleLog.Configure(logging, settings.LogLevel(parsed.GetValue(verbose))));
            if (!joins && settings.Text(Setting.Scheduler) is { } configured && !parsed.GetValue(quiet))
            {
                error.WriteLine($"icehost: this build has a farm of its own, and does not use the configured scheduler {configured}: 'icehost run --scheduler {configured}' joins its farm.");
            }

            if (LauncherSwitches.DisabledBy(HostConfiguration.Variables()) is { } disabling && !parsed.GetValue(quiet))
            {
                error.WriteLine($"icehost: {Terminal.Line(disabling)} turns the launcher off: this build compiles as without 'icehost run'.");
            }

            DashboardOptions? shown = !parsed.GetValue(dashboard) ? null
                : joins ? throw new ConfigurationException("--dashboard: the scheduler of a farm shows it. Allowed: without --scheduler.")
                : settings.DashboardListen(options.Insecure) is { } address ? new DashboardOptions { Listen = address } : null;
            return await RunAsync(options, shown, SharedStores.Of(settings), loggers, parsed.GetRequiredValue(words), error, !parsed.GetValue(quiet), Summarise, cancellationToken);

            void Summarise(RunReport report, JobStatistics statistics)
            {
                if (parsed.GetResult(json) is not null)
                {
                    Write(Reports.ToJson(report), parsed.GetValue(json), output, error);
                }
                else if (!parsed.GetValue(quiet))
                {
                    WriteTable(report, statistics, parsed.GetValue(jobs), error);
                }
            }
        });
        return command;
    }

    /// <summary>
    /// Joins the farm before the build, unless its user has joined already. A farm that refuses or does not answer costs no build: it then compiles here. So does a
    /// build for which a token is configured that is gone or not for its user: the machine's daemon may have joined by it.
    /// </summary>
    private static async Task JoinAsync(Settings settings, string file, bool isTyped, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            await FarmJoin.EnsureAsync(settings, file, NodeRoles.Agent, error, cancellationToken);
        }
        catch (Exception e) when (e is IOException || (e is ConfigurationException && !isTyped))
        {
            await error.WriteLineAsync($"icehost: this build has not joined the farm, and compiles here: {Terminal.Line(e.Message)}");
        }
    }

    private static async Task<int> RunAsync(
        EmbeddedFarmOptions options, DashboardOptions? dashboard, ISharedResults? shared, ILoggerFactory? loggers, string[] words, TextWriter error, bool showsProgress, Action<RunReport, JobStatistics> summarise, CancellationToken cancellationToken)
    {
        using ILoggerFactory? logging = loggers;
        string launcher = LauncherProgram.Find();
        IReadOnlyDictionary<string, string> variables = HostConfiguration.Variables();
        using var folder = new PrivateFolder();
        string socket = folder.Under("agent.socket");
        ProgramSearch search = ProgramSearch.For(words[0], CommandEnvironment.Changes(variables, folder.Under("bin"), launcher, socket)["PATH"]);
        if (search.Program is null)
        {
            // A command that cannot run needs no links and no farm.
            await error.WriteLineAsync($"icehost: {words[0]}: {search.Error}");
            return search.ExitCode;
        }

        string links = LauncherFolder.Fill(
            options.StateDirectory, folder.Under("bin"), launcher, [.. CompilersOnPath.Find(variables.GetValueOrDefault("PATH") ?? "").Select(static compiler => compiler.Name)]);
        IReadOnlyDictionary<string, string> changes = CommandEnvironment.Changes(variables, links, launcher, socket);
        string program = ProgramSearch.For(words[0], changes["PATH"]).Program ?? search.Program;

        long started = TimeProvider.System.GetTimestamp();
        EmbeddedFarm farm = await EmbeddedFarm.StartAsync(options with { Socket = socket }, new NodeServices { Loggers = logging, SharedResults = shared }, cancellationToken);
        int exitCode;
        JobStatistics statistics;
        await using (farm)
        {
            await using DashboardServer? shown = dashboard is null || farm.Scheduler is null ? null
                : await DashboardServer.TryStartAsync(farm.Scheduler, dashboard, line => error.WriteLine($"icehost: {line}"), logging ?? NullLoggerFactory.Instance, cancellationToken);
            await using (showsProgress ? RunProgress.Start(error, farm.WatchJobsAsync(CancellationToken.None)) : null)
            {
                exitCode = RawCommand.TryWrite(folder.Under("command"), program, words.Skip(1), changes)
                    ? await ForegroundCommand.RunAsync("/bin/sh", [folder.Under("command")], changes, error)
                    : await ForegroundCommand.RunAsync(program, [.. words.Skip(1)], changes, error);
            }

            // The last launchers' sockets are closed, but the agent may not have noticed yet. The limit is for a command that left a compile running.
            using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
            await Task.WhenAny(farm.AwaitQuietAsync(patience.Token));
            statistics = farm.Describe();
        }

        summarise(new RunReport(exitCode, TimeProvider.System.GetElapsedTime(started).TotalSeconds, StatisticsReport.From(statistics)), statistics);
        return exitCode;
    }

    private static void Write(string text, string? file, TextWriter output, TextWriter error)
    {
        try
        {
            if (file is null or "-")
            {
                (file is null ? error : output).WriteLine(text);
            }
            else
            {
                File.WriteAllText(file, text + "\n");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A summary that cannot be written is only reported: the build is done and keeps its exit code.
            error.WriteLine($"icehost: {(file is "-" ? "the summary" : file)} cannot be written: {e.Message}");
        }
    }

    /// <summary>Prints the summary for people.</summary>
    internal static void WriteTable(RunReport report, JobStatistics statistics, bool each, TextWriter error)
    {
        error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"icehost: exit code {report.ExitCode} after {report.Seconds:0.0} s"));
        if (statistics.Remote + statistics.Local + statistics.Cached + statistics.Joined + statistics.Failed + statistics.Cancelled == 0)
        {
            error.WriteLine("icehost: no compile came through the launcher: the build compiled nothing, or calls its compilers by their full paths. A build tree that CMake configured before does that: configure it under 'icehost run' too.");
            return;
        }

        if (each)
        {
            JobList.Write(error, statistics.Recent);
        }

        JobsTable.Write(error, statistics);
    }
}
