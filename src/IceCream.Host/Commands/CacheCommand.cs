using System.CommandLine;
using System.Globalization;
using IceCream.Caching;
using IceCream.Host.Configuration;
using IceCream.Host.Endpoints;
using IceCream.Host.Rendering;
using IceCream.Jobs;
using Spectre.Console;

namespace IceCream.Host.Commands;

/// <summary><c>icehost cache stats | clear | trim | verify | why FILE</c>: maintains the result cache in the state directory, with or without a running agent.</summary>
internal static class CacheCommand
{
    private const int MostStories = 10;
    private const long Mebi = 1 << 20;

    public static Command Build() => new("cache", "Look after the known results of compiles.") { Stats(), Clear(), Trim(), Verify(), Why() };

    private static Command Stats() => Make("stats", "Show what is known, and how often it was of use since the agent started.", [Options.Socket()], async (parsed, settings, results, directory, json, cancellationToken) =>
    {
        long limit = DaemonCommand.DescribeResults(settings).Limit;
        StoredSummary summary = results.Summarise();
        IReadOnlyList<NamedCount> counts = [];
        string whyNoCounts = "";
        try
        {
            counts = (await Agents.AskAsync(settings, cancellationToken)).Statistics.Cache;
        }
        catch (IOException e)
        {
            whyNoCounts = e.Message;
        }

        if (json)
        {
            return CacheReport.From(summary, limit, counts).ToJson();
        }

        Table table = Terminal.Table("known results", "");
        table.Row("folder", directory);
        table.Row("commands", Number(summary.Commands));
        table.Row("results", Number(summary.Results));
        table.Row("size", $"{Number(summary.Bytes / Mebi)} MiB of {Number(limit / Mebi)} MiB in {Number(summary.Blobs)} blobs");
        table.Row("uncompressed", $"{Number(summary.Plain / Mebi)} MiB");
        table.Row("compiled in", string.Create(CultureInfo.InvariantCulture, $"{summary.Saved.TotalSeconds:0.0} s"));
        foreach (NamedCount count in counts)
        {
            table.Row(Number(count.Count), count.Name);
        }

        if (whyNoCounts.Length > 0)
        {
            table.Row("no counts", whyNoCounts);
        }

        Terminal.Write(parsed.InvocationConfiguration.Output, table);
        return null;
    });

    private static Command Clear() => Make("clear", "Forget all known results.", [], (parsed, _, results, directory, json, _) =>
        Freed(parsed, directory, results.Clear(), json));

    private static Command Trim() => Make(
        "trim", "Forget the known results that were not used for longest, until the others fit the limit.",
        [Options.Value("--cache-size", "SIZE", "The limit, such as 2G; without a unit in MiB. Default: as the agent's.")],
        (parsed, settings, results, directory, json, _) => Freed(parsed, directory, results.Trim(DaemonCommand.DescribeResults(settings).Limit), json));

    private static Command Verify() => Make("verify", "Read all known results, and forget what is damaged.", [], (parsed, _, results, directory, json, _) =>
    {
        StoredCheck check = results.Verify();
        if (json)
        {
            return ValueTask.FromResult<string?>(CacheCheckReport.From(directory, check).ToJson());
        }

        parsed.InvocationConfiguration.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{check.Commands} commands and {check.Blobs} blobs are whole; removed: {check.DamagedRecords} damaged records, {check.DamagedBlobs} damaged blobs, {check.Incomplete} incomplete results"));
        return ValueTask.FromResult<string?>(null);
    });

    private static Command Why()
    {
        var file = new Argument<string>("FILE") { Description = "A source, or the end of its path." }.NotEmpty();
        return Make("why", "Say what is known of FILE, why it had to be compiled, and what differs today.", [], (parsed, _, results, directory, json, _) =>
        {
            string name = parsed.GetRequiredValue(file), path = Path.GetFullPath(name);
            IReadOnlyList<ResultStory> stories = ResultStory.Of(results, path, MostStories);
            stories = stories.Count > 0 ? stories : ResultStory.Of(results, name, MostStories);
            if (stories.Count == 0)
            {
                throw new IOException($"Nothing is known of {name} in {directory}. 'icehost stats' counts why results are not kept.");
            }

            if (json)
            {
                return ValueTask.FromResult<string?>(CacheStoryReport.From(name, stories).ToJson());
            }

            foreach (ResultStory story in stories)
            {
                Write(parsed.InvocationConfiguration.Output, story);
            }

            return ValueTask.FromResult<string?>(null);
        }, file);
    }

    private static void Write(TextWriter output, ResultStory story)
    {
        output.WriteLine(Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"kept {story.Kept:u}, compiled by {story.Worker} in {story.Cost.TotalSeconds:0.00} s, because {story.Missed}")));
        output.WriteLine(Terminal.Line($"  in {story.Directory}: {story.Command}"));
        foreach (string difference in story.CommandDiffers)
        {
            output.WriteLine(Terminal.Line($"  than the command before: {difference}"));
        }

        foreach (string difference in story.InputsDiffer)
        {
            output.WriteLine(Terminal.Line($"  today: {difference}"));
        }

        if (story.InputsDiffer.IsEmpty)
        {
            output.WriteLine("  today: its inputs are as they were");
        }
    }

    private static ValueTask<string?> Freed(ParseResult parsed, string directory, long bytes, bool json)
    {
        if (json)
        {
            return ValueTask.FromResult<string?>(new CacheFreedReport(directory, bytes).ToJson());
        }

        parsed.InvocationConfiguration.Output.WriteLine($"{Number(bytes / Mebi)} MiB freed in {directory}");
        return ValueTask.FromResult<string?>(null);
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static Command Make(string name, string description, IEnumerable<Option> options, Work work, Argument? argument = null)
    {
        Option<bool> json = Options.Json();
        var command = new Command(name, description) { Options.StateDirectory(), json };
        foreach (Option option in options)
        {
            command.Add(option);
        }

        if (argument is not null)
        {
            command.Add(argument);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            Settings settings = parsed.Settings();
            string directory = Path.Combine(parsed.Warn(Places.Own().StateDirectory(settings)).Path, ResultStore.FolderName);
            if (await work(parsed, settings, new StoredResults(directory, TimeProvider.System), directory, parsed.GetValue(json), cancellationToken) is { } text)
            {
                parsed.InvocationConfiguration.Output.WriteLine(text);
            }

            return 0;
        });
        return command;
    }

    /// <summary>What a command does. The settings are read once: reading them warns of what has no effect.</summary>
    private delegate ValueTask<string?> Work(ParseResult parsed, Settings settings, StoredResults results, string directory, bool json, CancellationToken cancellationToken);
}
