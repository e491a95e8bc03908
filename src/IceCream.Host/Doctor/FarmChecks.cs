using IceCream.Host.Configuration;
using IceCream.Host.Endpoints;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Host.Doctor;

/// <summary>Checks whether agent and scheduler answer.</summary>
/// <param name="settings">The settings of all layers.</param>
internal sealed class FarmChecks(Settings settings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), BetweenTries = TimeSpan.FromMilliseconds(100);

    /// <summary>The socket on which an agent answers; null if none does.</summary>
    public async ValueTask<string?> FindAgentAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await Agents.AskAsync(settings, cancellationToken)).Socket;
        }
        catch (IOException)
        {
            // No agent answers. WhyNoneAsync finds out why if one should.
            return null;
        }
    }

    /// <summary>Checks the agent. If none answers, <paramref name="compile"/> starts one, as every compile does, unless the user has forbidden it.</summary>
    /// <returns>The finding, and whether an agent was started for it.</returns>
    public async Task<(Finding Finding, bool IsNew)> AgentAsync(Func<Task>? compile, CancellationToken cancellationToken)
    {
        if (await FindAgentAsync(cancellationToken) is { } socket)
        {
            return (Finding.Ok("agent", $"answers at {socket}"), false);
        }

        bool starts = compile is not null && LauncherSwitches.StartsAgents(HostConfiguration.Variables());
        if (starts)
        {
            await compile!();
            long since = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(since) < Patience)
            {
                if (await FindAgentAsync(cancellationToken) is { } started)
                {
                    return (Finding.Ok("agent", $"answers at {started}; there was none, and the launcher started it"), true);
                }

                await Task.Delay(BetweenTries, TimeProvider.System, cancellationToken);
            }
        }

        return (Finding.Problem("agent", await WhyNoneAsync(cancellationToken), starts ? "Start one by hand to see more: icehost daemon --no-worker" : "Start one with 'icehost daemon'. Until then every compile stays here."), false);
    }

    /// <summary>Checks the scheduler; if none is found, an agent may still know one.</summary>
    public async Task<Finding> SchedulerAsync(CancellationToken cancellationToken)
    {
        try
        {
            FarmAddress scheduler = await Schedulers.FindAsync(settings, cancellationToken);
            FarmStatus status = await Schedulers.AskAsync(Schedulers.Transport(settings), scheduler, settings.Network(), cancellationToken);
            return Finding.Ok("scheduler", $"answers at {scheduler} with {status.Nodes.Length} nodes, {status.Nodes.Sum(static node => node.Slots)} slots");
        }
        catch (IOException e)
        {
            return Finding.Warning("scheduler", e.Message, "Name it by ICECREAM_SCHEDULER. Without one, the farm of 'icehost run' is this machine alone.");
        }
    }

    /// <summary>Why no agent answers, with the last log line of the agent that the launcher started last.</summary>
    private async Task<string> WhyNoneAsync(CancellationToken cancellationToken)
    {
        string none;
        try
        {
            await Agents.AskAsync(settings, cancellationToken);
            return "it answers now, after it was silent";
        }
        catch (IOException e)
        {
            none = e.Message;
        }

        foreach (string log in Defaults.AgentSockets().Select(static socket => socket + ".log"))
        {
            if (Linux.Stat(log, followLinks: false, out FileStatus status) == 0 && status.IsRegular && status.Owner == Linux.EffectiveUser()
                && File.ReadLines(log).LastOrDefault(static line => line.Length > 0) is { } last)
            {
                return $"{none} The one that was started last said: {last} ({log})";
            }
        }

        return none;
    }
}
