using IceCream.Platform;

namespace IceCream.Host.Configuration;

/// <summary>What holds when nobody says otherwise.</summary>
internal static class Defaults
{
    /// <summary>Where an agent may answer, the likeliest first.</summary>
    public static IReadOnlyList<string> AgentSockets() => AgentSocket.Candidates();

    /// <summary>Where a node keeps its state: the system's place for root, the user's cache for everyone else.</summary>
    public static string StateDirectory() =>
        Linux.EffectiveUser() == 0 ? "/var/cache/icecream"
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? Path.Combine(cache, "icecream")
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/icecream");

    /// <summary>Whether the machine's service manager runs this process: as root, or in a service of the system's own slice.</summary>
    public static bool IsSystemService() =>
        Linux.EffectiveUser() == 0 ||
        (Environment.GetEnvironmentVariable("INVOCATION_ID") is not null && Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is null);
}
