using System.Globalization;
using IceCream.Jobs;

namespace IceCream.Launcher;

/// <summary>What the user asks of the launcher, by the environment.</summary>
internal sealed record Settings
{
    /// <summary>Counts the launchers that one command goes through.</summary>
    public const string LevelVariable = "ICECREAM_LEVEL";

    /// <summary>Turns the launcher off for everything below it.</summary>
    public const string DisableVariable = "ICECREAM_DISABLE";

    /// <summary><c>ICECREAM_MODE</c>; without it <c>ICECC=no</c> is <c>local</c>.</summary>
    public JobMode Mode { get; init; }

    /// <summary>The value of <c>ICECREAM_MODE</c> where it is none; null otherwise.</summary>
    public string? BadMode { get; init; }

    /// <summary><c>ICECREAM_DISABLE</c>, or <c>ICECC=disable</c>: the farm is not to be asked.</summary>
    public bool IsDisabled { get; init; }

    /// <summary><c>ICECREAM_AUTOSTART</c>: whether an agent may be started where none answers.</summary>
    public bool StartsAgents { get; init; }

    /// <summary><c>ICECREAM_LOG</c>: <c>1</c> for the standard error, or the path of a file; null when nobody wants to know.</summary>
    public string? Log { get; init; }

    /// <summary>How many launchers this command has gone through before this one.</summary>
    public int Level { get; init; }

    /// <summary>Reads the settings.</summary>
    public static Settings From(Variables variables)
    {
        string? mode = variables.Get("ICECREAM_MODE");
        JobMode? known = mode switch
        {
            null or "" or "auto" => JobMode.Auto,
            "local" => JobMode.Local,
            "remote" => JobMode.Remote,
            _ => null,
        };

        // icecream's own variable, which users have in their scripts, says the same.
        string? former = variables.Get("ICECC");
        if (former == "no" && string.IsNullOrEmpty(mode))
        {
            known = JobMode.Local;
        }

        return new()
        {
            Mode = known ?? JobMode.Auto,
            BadMode = known is null ? mode : null,
            IsDisabled = IsOn(variables.Get(DisableVariable) ?? (former == "disable" ? "1" : null)),
            StartsAgents = variables.Get("ICECREAM_AUTOSTART") is not "0",
            Log = variables.Get("ICECREAM_LOG") is { } log && IsOn(log) ? log : null,
            Level = int.TryParse(variables.Get(LevelVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int level) ? level : 0,
        };
    }

    private static bool IsOn(string? value) => value is not (null or "" or "0");
}
