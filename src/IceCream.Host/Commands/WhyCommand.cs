using System.Collections.Immutable;
using System.CommandLine;
using IceCream.Host.Endpoints;
using IceCream.Host.Rendering;
using IceCream.Jobs;

namespace IceCream.Host.Commands;

/// <summary><c>icehost why FILE</c>: explains why the compiles of a file ran where they did. Exit code 1 if none is known.</summary>
internal static class WhyCommand
{
    public static Command Build()
    {
        var file = new Argument<string>("FILE") { Description = "A source as it was typed, or the end of its path." }.NotEmpty();
        Option<bool> json = Options.Json();
        var command = new Command("why", "Say why the compiles of FILE ran where they did: the story of the latest, and a line for each before it.") { file, Options.Socket(), json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            (_, JobStatistics statistics) = await Agents.AskAsync(parsed.Settings(), cancellationToken);
            string name = parsed.GetRequiredValue(file);
            if (Find(statistics, name, Environment.CurrentDirectory) is not [.. var earlier, var job])
            {
                throw new IOException($"{name} is not among the latest {statistics.Recent.Length} jobs of this agent.");
            }

            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(Reports.ToJson(JobReport.From(job, earlier)));
            }
            else
            {
                JobStory.Write(output, job, earlier);
            }

            return 0;
        });
        return command;
    }

    /// <summary>
    /// The jobs of a file, oldest first. The first rule that matches any job counts: the same full path; the same name as typed; one name is the end of the
    /// other, starting at a folder boundary.
    /// </summary>
    internal static ImmutableArray<JobRecord> Find(JobStatistics statistics, string name, string folder)
    {
        string path = Path.GetFullPath(name.Length > 0 ? name : ".", folder);
        ImmutableArray<JobRecord> found = Where((job, file) => job.Directory.Length > 0 && Path.GetFullPath(file, job.Directory) == path);
        found = found.IsEmpty ? Where((_, file) => file == name) : found;
        return found.IsEmpty ? Where((_, file) => IsEnd(file, name) || IsEnd(name, file)) : found;

        ImmutableArray<JobRecord> Where(Func<JobRecord, string, bool> isIt) =>
            [.. statistics.Recent.Where(job => job.Sources.Append(job.Subject).Any(file => file.Length > 0 && isIt(job, file)))];
    }

    private static bool IsEnd(string path, string end) =>
        end.Length > 0 && path.Length > end.Length && path.EndsWith(end, StringComparison.Ordinal) && (end[0] == '/' || path[^(end.Length + 1)] == '/');
}
