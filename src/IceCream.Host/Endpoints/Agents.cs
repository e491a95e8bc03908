using IceCream.Clients;
using IceCream.Host.Configuration;
using IceCream.Jobs;

namespace IceCream.Host.Endpoints;

/// <summary>Which agent a question is meant for.</summary>
internal static class Agents
{
    /// <summary>Asks the named agent, or the first of the usual places that answers.</summary>
    /// <returns>Its socket and what it says.</returns>
    /// <exception cref="IOException">None answers.</exception>
    public static async ValueTask<(string Socket, JobStatistics Statistics)> AskAsync(Settings settings, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> sockets = settings.Path(Setting.Socket) is { } named ? [named] : Defaults.AgentSockets();
        IOException? refusal = null;
        foreach (string socket in sockets.Count == 1 ? sockets : sockets.Where(File.Exists))
        {
            try
            {
                return (socket, await AgentMonitor.GetStatisticsAsync(socket, cancellationToken));
            }
            catch (IOException e)
            {
                // The next place may answer; when none does, the first refusal is told.
                refusal ??= e;
            }
        }

        throw new IOException(
            $"No agent answers{(refusal is null ? $" at {string.Join(" or ", sockets)}" : $": {refusal.Message.TrimEnd('.')}")}. " +
            "Start one with 'icehost daemon', or name its socket with --socket.", refusal);
    }
}
