using IceCream.CommandLine;

namespace IceCream.Host.Configuration;

/// <summary>What the environment tells launchers, which read nothing else.</summary>
internal static class LauncherSwitches
{
    /// <summary>The entry that turns launchers off, as the user wrote it; null if they are on.</summary>
    /// <param name="variables">The environment.</param>
    public static string? DisabledBy(IReadOnlyDictionary<string, string> variables) =>
        variables.TryGetValue("ICECREAM_DISABLE", out string? word) ? (word.Length > 0 && SwitchWords.Parse(word) != false ? $"ICECREAM_DISABLE={word}" : null)
        : variables.GetValueOrDefault("ICECC") == "disable" ? "ICECC=disable"
        : null;

    /// <summary>Whether a launcher that finds no agent starts one.</summary>
    /// <param name="variables">The environment.</param>
    public static bool StartsAgents(IReadOnlyDictionary<string, string> variables) =>
        DisabledBy(variables) is null && SwitchWords.Parse(variables.GetValueOrDefault("ICECREAM_AUTOSTART") ?? "") != false;
}
