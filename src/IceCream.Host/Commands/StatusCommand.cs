using System.CommandLine;
using IceCream.Host.Configuration;
using IceCream.Host.Endpoints;
using IceCream.Host.Hosting;
using IceCream.Host.Rendering;
using IceCream.Identity;
using IceCream.Jobs;

namespace IceCream.Host.Commands;

/// <summary><c>icehost status</c>: shows the nodes of a farm. Exit code 1 if no scheduler answers.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan PatienceWithAgent = TimeSpan.FromSeconds(2);

    public static Command Build()
    {
        Option<bool> json = Options.Json();
        Option<string> join = Options.Value("--join-file", "PATH", "Join the farm as a monitor, which looks and does nothing else, by the token that 'icehost token --role monitor' wrote into this file; once is enough.");
        var command = new Command("status", "Show the nodes of a farm, as its scheduler sees them.") { Options.Scheduler(), Options.Network(), Options.StateDirectory(), Options.Insecure(), Options.Socket(), join, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Settings settings = parsed.Settings();
            if (parsed.GetValue(join) is { } file)
            {
                await FarmJoin.EnsureAsync(settings, file, NodeRoles.Monitor, parsed.InvocationConfiguration.Error, cancellationToken);
            }

            FarmAddress scheduler = await Schedulers.FindAsync(settings, cancellationToken);
            FarmStatus status = await Schedulers.AskAsync(Schedulers.Transport(settings), scheduler, settings.Text(Setting.Network) ?? "", cancellationToken);
            string? advice = await AdviseAsync(settings, cancellationToken);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(Reports.ToJson(StatusReport.From(scheduler, status, advice)));
            }
            else
            {
                FarmTable.Write(output, scheduler, status);
                if (advice is not null)
                {
                    output.WriteLine(Terminal.Line($"this machine's agent: {advice}"));
                }
            }

            return 0;
        });
        return command;
    }

    /// <summary>The advice of this machine's agent about compiles that stay here; null if most leave, or if no agent answers within 2 s.</summary>
    private static async Task<string?> AdviseAsync(Settings settings, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(PatienceWithAgent, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return HomeStay.Describe((await Agents.AskAsync(settings, either.Token)).Statistics);
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && limit.IsCancellationRequested))
        {
            // Not an error: the command is about the farm, and many machines that query it have no agent.
            return null;
        }
    }
}
