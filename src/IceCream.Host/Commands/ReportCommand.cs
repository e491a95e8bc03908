using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using IceCream.Host.Builds;
using IceCream.Host.Endpoints;
using IceCream.Jobs;

namespace IceCream.Host.Commands;

/// <summary><c>icehost report</c>: a build of this machine's agent, on the terminal, as a page, as JSON, as a trace. Exit code 1 when no such build is known.</summary>
internal static class ReportCommand
{
    public static Command Build()
    {
        var number = new Argument<string?>("BUILD") { Arity = ArgumentArity.ZeroOrOne, Description = "A build's number, or its folder or the end of that. Default: the latest." };
        Option<bool> last = Options.Flag("--last", "The latest build, which is the default."), list = Options.Flag("--list", "List the builds that are known.");
        Option<string> html = Options.Value("--html", "FILE", "Write the build as a page that needs nothing else; - is standard output.");
        Option<string> json = Options.Value("--json", "FILE", "Write it as JSON: names in snake_case, durations in seconds, times in ISO 8601; - is standard output.");
        Option<string> trace = Options.Value("--trace", "FILE", "Write a trace that Perfetto, chrome://tracing and speedscope open: a track for each slot; - is standard output.");
        var command = new Command("report", "Tell of a build: where its jobs ran, what was slow, and why compiles stayed.") { number, last, list, html, json, trace, Options.Socket() };
        command.Validators.Add(result =>
        {
            if (result.GetValue(last) && result.GetValue(number) is not null)
            {
                result.AddError("BUILD and --last: name one build.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            (_, JobStatistics statistics) = await Agents.AskAsync(parsed.Settings(), cancellationToken);
            ImmutableArray<FinishedBuild> builds = FinishedBuild.Recognise(statistics.Recent);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(list))
            {
                BuildTable.WriteAll(output, builds);
                return 0;
            }

            FinishedBuild build = Find(builds, parsed.GetValue(number), statistics.Recent.Length);
            bool isWritten = false;
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

    /// <summary>The build that is meant.</summary>
    /// <param name="builds">Those that are known, the oldest first.</param>
    /// <param name="wanted">A number, or a folder or its end; null: the latest.</param>
    /// <param name="jobs">How many jobs they were recognised from.</param>
    /// <exception cref="IOException">There is none: the message says which there are.</exception>
    internal static FinishedBuild Find(ImmutableArray<FinishedBuild> builds, string? wanted, int jobs)
    {
        if (builds.IsEmpty)
        {
            throw new IOException($"No build is known: among the latest {jobs} jobs of this agent is no compile.");
        }

        if (wanted is null)
        {
            return builds[^1];
        }

        string folder = wanted.TrimEnd('/');
        FinishedBuild? found = int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? builds.FirstOrDefault(build => build.Number == number)
            : builds.LastOrDefault(build => build.Folder == folder || build.Folder.EndsWith("/" + folder, StringComparison.Ordinal));
        return found ?? throw new IOException($"No build '{wanted}' is known: there are {builds.Length}, numbered from {builds[0].Number} to {builds[^1].Number}. 'icehost report --list' shows them.");
    }
}
