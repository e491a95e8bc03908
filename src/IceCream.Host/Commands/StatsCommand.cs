using System.CommandLine;
using IceCream.Host.Endpoints;
using IceCream.Host.Rendering;
using IceCream.Jobs;

namespace IceCream.Host.Commands;

/// <summary><c>icehost stats</c>: shows where an agent's jobs ran, and why. Exit code 1 if no agent answers.</summary>
internal static class StatsCommand
{
    public static Command Build()
    {
        Option<bool> json = Options.Json();
        var command = new Command("stats", "Show where the jobs of this machine's users ran, and why.") { Options.Socket(), json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            (_, JobStatistics statistics) = await Agents.AskAsync(parsed.Settings(), cancellationToken);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(Reports.ToJson(StatisticsReport.From(statistics)));
            }
            else
            {
                JobsTable.Write(output, statistics);
            }

            return 0;
        });
        return command;
    }
}
