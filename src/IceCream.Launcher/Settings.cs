using System.Globalization;
using IceCream.CommandLine;
using IceCream.Jobs;

namespace IceCream.Launcher;

/// <summary>The launcher's settings, read from environment variables.</summary>
internal sealed record Settings
{
    /// <summary>Counts the launchers that one command passes through.</summary>
    public const string LevelVariable = "ICECREAM_LEVEL";

    /// <summary>Turns off all launchers in the processes that inherit it.</summary>
    public const string DisableVariable = "ICECREAM_DISABLE";

    /// <summary>The levels of nodes' logs, as <c>icehost</c> spells them.</summary>
    private static readonly string[] NodeLevels = ["trace", "debug", "info", "information", "warn", "warning", "error", "none", "off"];

    /// <summary><c>ICECREAM_MODE</c>; if that is unset, <c>ICECC=no</c> means <c>local</c>. Default: auto.</summary>
    public JobMode Mode { get; init; }

    /// <summary>The value of <c>ICECREAM_MODE</c> if it is not a valid mode; null otherwise.</summary>
    public string? BadMode { get; init; }

    /// <summary><c>ICECREAM_DISABLE</c> or <c>ICECC=disable</c>: never ask the farm.</summary>
    public bool IsDisabled { get; init; }

    /// <summary><c>ICECREAM_AUTOSTART</c>: whether the launcher may start an agent if none answers. Default: true.</summary>
    public bool StartsAgents { get; init; }

    /// <summary>
    /// <c>ICECREAM_LOG</c>: <c>1</c> for standard error, or the path of a file; null for no log. A word of <see cref="NodeLevels"/> is for nodes, which read the same variable:
    /// as the name of a file it would be written into every folder of a build.
    /// </summary>
    public string? Log { get; init; }

    /// <summary>How many launchers this command has passed through before this one.</summary>
    public int Level { get; init; }

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

        // Users have icecream's own variable in their scripts; it is honoured with the same meaning.
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
            StartsAgents = variables.Get("ICECREAM_AUTOSTART") is not { Length: > 0 } autostart || IsOn(autostart),
            Log = variables.Get("ICECREAM_LOG") is not { } log || !IsOn(log) || NodeLevels.Contains(log, StringComparer.OrdinalIgnoreCase) ? null
                : SwitchWords.Parse(log) == true ? "1"
                : log,
            Level = int.TryParse(variables.Get(LevelVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int level) ? level : 0,
        };
    }

    private static bool IsOn(string? value) => !string.IsNullOrEmpty(value) && SwitchWords.Parse(value) != false;
}
