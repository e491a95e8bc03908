using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using IceCream.Clients;
using IceCream.Host.Builds;
using IceCream.Host.Configuration;
using IceCream.Host.Endpoints;
using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Commands;

/// <summary><c>icehost report</c>: reports a build of this machine's agent or of a farm as a table, HTML, JSON or a trace. Exit code 1 if no such build is known.</summary>
internal static class ReportCommand
{
    public static Command Build()
    {
        var number = new Argument<string?>("BUILD") { Arity = ArgumentArity.ZeroOrOne, Description = "A build's number, or its folder or the end of that. Default: the latest." }.NotEmpty();
        Option<bool> farm = Options.Flag("--farm", "The builds of all users that the scheduler keeps, also of days ago. Without it: those that this machine's agent remembers.");
        Option<bool> last = Options.Flag("--last", "The latest build, which is the default."), list = Options.Flag("--list", "List the builds that are known; with --json as JSON.");
        Option<string> html = Options.Value("--html", "FILE", "Write the build as a page that needs nothing else; - is standard output.");
        Option<string> json = Options.Value("--json", "FILE", "Write it as JSON: names in snake_case, durations in seconds, times in ISO 8601; - is standard output.");
        Option<string> trace = Options.Value("--trace", "FILE", "Write a trace that Perfetto, chrome://tracing and speedscope open: a track for each slot; - is standard output.");
        var command = new Command("report", "Tell of a build: where its jobs ran, what was slow, and why compiles stayed.")
        {
            number, last, list, html, json, trace, farm, Options.Scheduler(), Options.Network(), Options.StateDirectory(), Options.Insecure(), Options.Socket(),
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(last) && result.GetValue(number) is not null)
            {
                result.AddError("BUILD and --last: name one build.");
            }

            // What would have no effect is an error: who asks for a page must not take its absence for an empty one.
            if (result.GetValue(list) && (result.GetValue(last) || result.GetValue(number) is not null))
            {
                result.AddError("--list tells of all builds. Allowed: without BUILD and --last.");
            }

            if (new[] { result.GetValue(html), result.GetValue(json), result.GetValue(trace) }.Count(static file => file == "-") > 1)
            {
                result.AddError("--html, --json and --trace: one after the other on standard output, neither could be read. Allowed: - for one of them.");
            }

            if (result.GetValue(list) && (result.GetResult(html) is not null || result.GetResult(trace) is not null))
            {
                result.AddError("--html and --trace tell of one build. Allowed: without --list, which goes with --json.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            Settings settings = parsed.Settings();
            bool isOfFarm = parsed.GetValue(farm) || parsed.GetResult("--scheduler") is not null;
            (ImmutableArray<FinishedBuild> builds, string none) = isOfFarm ? await AskFarmAsync(settings, cancellationToken) : await AskAgentAsync(settings, cancellationToken);
            bool isWritten = false;
            if (parsed.GetValue(list))
            {
                Write(parsed.GetValue(json), () => BuildListDocument.From(builds).ToJson() + "\n");
                if (!isWritten)
                {
                    BuildTable.WriteAll(output, builds);
                }

                return 0;
            }

            FinishedBuild build = Find(builds, parsed.GetValue(number), none);
            build = isOfFarm ? await WithJobsAsync(settings, build, cancellationToken) : build;
            Write(parsed.GetValue(html), () => BuildPage.Write(build));
            Write(parsed.GetValue(json), () => BuildDocument.From(build).ToJson() + "\n");
            Write(parsed.GetValue(trace), () => BuildTrace.Write(build));
            if (!isWritten)
            {
                BuildTable.Write(output, build);
            }

            return 0;

            void Write(string? file, Func<string> make)
            {
                if (file is null)
                {
                    return;
                }

                isWritten = true;
                if (file == "-")
                {
                    output.Write(make());
                    return;
                }

                File.WriteAllText(file, make());
                parsed.InvocationConfiguration.Error.WriteLine($"icehost: {file} is written");
            }
        });
        return command;
    }

    private static async Task<(ImmutableArray<FinishedBuild> Builds, string None)> AskAgentAsync(Settings settings, CancellationToken cancellationToken)
    {
        (_, JobStatistics statistics) = await Agents.AskAsync(settings, cancellationToken);
        return (FinishedBuild.Recognise(statistics.Recent), $"among the latest {statistics.Recent.Length} jobs of this agent is no compile. 'icehost report --farm' looks among those that the scheduler keeps");
    }

    /// <summary>The builds that a scheduler keeps, the oldest first, without their jobs.</summary>
    private static async Task<(ImmutableArray<FinishedBuild> Builds, string None)> AskFarmAsync(Settings settings, CancellationToken cancellationToken)
    {
        IReadOnlyList<BuildSummary> kept = await Schedulers.AskAsync(settings, FarmMonitor.GetBuildsAsync, cancellationToken);
        return ([.. kept.OrderBy(static build => build.Began).Select(static build => FinishedBuild.Of(build, []))], "the scheduler has seen none");
    }

    private static async Task<FinishedBuild> WithJobsAsync(Settings settings, FinishedBuild build, CancellationToken cancellationToken)
    {
        IReadOnlyList<JobFinished> jobs = await Schedulers.AskAsync(
            settings, (transport, scheduler, network, ending) => FarmMonitor.GetJobsAsync(transport, scheduler, network, build.Number, ending), cancellationToken);
        return jobs.Count == 0 ? throw new IOException($"The jobs of build {build.Number} are not kept any more: the scheduler keeps a week of them, and 256 MiB at most.")
            : build with { Jobs = [.. jobs.Select(static job => job.Record).OrderBy(static job => job.Ended)] };
    }

    /// <summary>Finds the requested build.</summary>
    /// <param name="builds">The known builds, the oldest first.</param>
    /// <param name="wanted">A number, or a folder or the end of its path; null for the latest.</param>
    /// <param name="none">Why there are no builds.</param>
    /// <exception cref="IOException">There is no such build; the message says which there are.</exception>
    internal static FinishedBuild Find(ImmutableArray<FinishedBuild> builds, string? wanted, string none)
    {
        if (builds.IsEmpty)
        {
            throw new IOException($"No build is known: {none}.");
        }

        if (wanted is null)
        {
            return builds[^1];
        }

        string folder = wanted.TrimEnd('/');
        FinishedBuild? found = long.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? builds.FirstOrDefault(build => build.Number == number)
            : builds.LastOrDefault(build => build.Folder == folder || build.Folder.EndsWith("/" + folder, StringComparison.Ordinal));
        return found ?? throw new IOException($"No build '{wanted}' is known: there are {builds.Length}, numbered from {builds[0].Number} to {builds[^1].Number}. 'icehost report --list' shows them.");
    }
}
