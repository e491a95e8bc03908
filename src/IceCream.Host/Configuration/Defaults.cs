using System.Globalization;
using IceCream.Platform;

namespace IceCream.Host.Configuration;

/// <summary>What holds when nobody says otherwise.</summary>
internal static class Defaults
{
    /// <summary>Where an agent may answer, the likeliest first.</summary>
    public static IReadOnlyList<string> AgentSockets() =>
        [.. AgentSocket.Candidates(Environment.GetEnvironmentVariable, Linux.EffectiveUser()).Select(static socket => socket.Path)];

    /// <summary>
    /// Whether a service manager runs this very process. Its children inherit most of what systemd sets, and an agent that a launcher started
    /// in a service is no service: the number of the process tells.
    /// </summary>
    public static bool IsManagedService() =>
        Environment.GetEnvironmentVariable("SYSTEMD_EXEC_PID") == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
}
