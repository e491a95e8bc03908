using System.Globalization;
using IceCream.Platform;

namespace IceCream.Host.Configuration;

/// <summary>What holds when nobody says otherwise.</summary>
internal static class Defaults
{
    /// <summary>Where an agent may answer, the likeliest first.</summary>
    public static IReadOnlyList<string> AgentSockets() =>
        [.. AgentSocket.Candidates(Environment.GetEnvironmentVariable, Linux.EffectiveUser()).Select(static socket => socket.Path)];

    /// <summary>Where a node keeps its state: the system's place for root, the user's cache for everyone else.</summary>
    public static string StateDirectory() =>
        Linux.EffectiveUser() == 0 ? "/var/cache/icecream"
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? Path.Combine(cache, "icecream")
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/icecream");

    /// <summary>
    /// Whether a service manager runs this very process. Its children inherit most of what systemd sets, and an agent that a launcher started
    /// in a service is no service: the number of the process tells.
    /// </summary>
    public static bool IsManagedService() =>
        Environment.GetEnvironmentVariable("SYSTEMD_EXEC_PID") == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
}
