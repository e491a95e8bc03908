using IceCream.Clients;
using IceCream.Host.Configuration;
using IceCream.Jobs;

namespace IceCream.Host.Endpoints;

internal static class Agents
{
    /// <summary>Queries the named agent, or the first that answers on the usual sockets.</summary>
    /// <returns>The agent's socket and statistics.</returns>
    /// <exception cref="IOException">No agent answers.</exception>
    public static ValueTask<(string Socket, JobStatistics Statistics)> AskAsync(Settings settings, CancellationToken cancellationToken) =>
        AskAsync(settings.Path(Setting.Socket) is { } named ? [named] : Defaults.AgentSockets(), TimeProvider.System, cancellationToken);

    /// <summary>Queries the first agent that answers on one of the sockets.</summary>
    internal static async ValueTask<(string Socket, JobStatistics Statistics)> AskAsync(IReadOnlyList<string> sockets, TimeProvider time, CancellationToken cancellationToken)
    {
        IOException? refusal = null;
        foreach (string socket in sockets.Count == 1 ? sockets : sockets.Where(File.Exists))
        {
            try
            {
                return (socket, await Answers.AwaitAsync($"The agent at '{socket}'", ending => AgentMonitor.GetStatisticsAsync(socket, ending).AsTask(), time, cancellationToken));
            }
            catch (IOException e)
            {
                // The next socket may answer; if none does, the first error is reported.
                refusal ??= e;
            }
        }

        throw new IOException(
            $"No agent answers{(refusal is null ? $" at {string.Join(" or ", sockets)}" : $": {refusal.Message.TrimEnd('.')}")}. " +
            "Start one with 'icehost daemon', or name its socket with --socket.", refusal);
    }
}
