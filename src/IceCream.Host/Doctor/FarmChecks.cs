using IceCream.Host.Commands;
using IceCream.Host.Configuration;
using IceCream.Jobs;

namespace IceCream.Host.Doctor;

/// <summary>Who answers: the agent on its socket, the scheduler in its network? Neither need run for the machine to be well.</summary>
internal static class FarmChecks
{
    public static async IAsyncEnumerable<Finding> RunAsync(Settings settings)
    {
        yield return await TryAsync("agent", "Launchers compile locally meanwhile. Start one with 'icehost daemon'.", async () =>
        {
            (string socket, JobStatistics statistics) = await Agents.AskAsync(settings, CancellationToken.None);
            return $"answers at {socket}; {statistics.Remote} jobs remote, {statistics.Local} local";
        });
        yield return await TryAsync("scheduler", "Without one, the farm of 'icehost run' is this machine alone.", async () =>
        {
            FarmAddress scheduler = await Schedulers.FindAsync(settings, CancellationToken.None);
            FarmStatus status = await StatusCommand.AskAsync(scheduler, settings.Network(), CancellationToken.None);
            return $"answers at {scheduler} with {status.Nodes.Length} nodes, {status.Nodes.Sum(static node => node.Slots)} slots";
        });
    }

    private static async Task<Finding> TryAsync(string check, string remedy, Func<Task<string>> ask)
    {
        try
        {
            return Finding.Ok(check, await ask());
        }
        catch (IOException e)
        {
            return Finding.Warning(check, e.Message, remedy);
        }
    }
}
