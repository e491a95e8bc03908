using System.CommandLine;
using IceCream.Host.Rendering;
using IceCream.Jobs;

namespace IceCream.Host.Commands;

/// <summary><c>icehost why FILE</c>: why the latest compile of a file ran where it did. Exit code 1 when none is known.</summary>
internal static class WhyCommand
{
    public static Command Build()
    {
        var file = new Argument<string>("FILE") { Description = "A source as it was typed, or the end of its path." };
        Option<bool> json = Options.Json();
        var command = new Command("why", "Say why the latest compile of FILE ran where it did.") { file, Options.Socket(), json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            (_, JobStatistics statistics) = await Agents.AskAsync(parsed.Settings(), cancellationToken);
            string name = parsed.GetRequiredValue(file);
            if (Latest(statistics, name) is not { } job)
            {
                throw new IOException($"{name} is not among the latest {statistics.Recent.Length} jobs of this agent.");
            }

            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(Reports.ToJson(JobReport.From(job)));
            }
            else
            {
                JobStory.Write(output, job);
            }

            return 0;
        });
        return command;
    }

    /// <summary>The latest job whose subject is the name or ends in it at the border of a folder.</summary>
    internal static JobRecord? Latest(JobStatistics statistics, string name) =>
        statistics.Recent.LastOrDefault(job => job.Subject == name)
        ?? statistics.Recent.LastOrDefault(job => IsEnd(job.Subject, name) || IsEnd(name, job.Subject));

    private static bool IsEnd(string path, string end) =>
        end.Length > 0 && path.Length > end.Length && path.EndsWith(end, StringComparison.Ordinal) && (end[0] == '/' || path[^(end.Length + 1)] == '/');
}
