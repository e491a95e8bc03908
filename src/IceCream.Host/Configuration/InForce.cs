using System.Globalization;
using IceCream.Host.Dashboard;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Scheduling;

namespace IceCream.Host.Configuration;

/// <summary>An effective setting.</summary>
/// <param name="Name">The option's name without the dashes.</param>
/// <param name="Variable">Its name in files and in the environment.</param>
/// <param name="Value">The written value, or the default.</param>
/// <param name="Source">The kind of layer that it comes from.</param>
/// <param name="Where">The option, the variable, or the file's line; for a default why it is an unusual place, or nothing.</param>
internal sealed record SettingInForce(string Name, string Variable, string Value, Layer Source, string Where);

/// <summary>Lists all effective settings and where each comes from.</summary>
internal static class InForce
{
    public static IReadOnlyList<SettingInForce> OfNodes(Settings settings, Places places)
    {
        string processors = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture);
        (string listen, string name) = OfMembership(settings, places);
        return
        [
            Of(Setting.Network, "ICECREAM_NETWORK", "ICECREAM"),
            Of(Setting.Scheduler, "ICECREAM_SCHEDULER", $"(found by broadcast on UDP {FarmAddress.SchedulerPort})"),
            Of(Setting.Insecure, "ICECREAM_INSECURE", "no"),
            Of(Setting.JoinFile, "ICECREAM_JOIN_FILE", "(none)"),
            Of(Setting.Listen, "ICECREAM_LISTEN", listen),
            Of(Setting.Advertise, "ICECREAM_ADVERTISE", "(as listen)"),
            Of(Setting.Name, "ICECREAM_NAME", name),
            Of(Setting.Worker, "ICECREAM_WORKER", "yes"),
            Of(Setting.Agent, "ICECREAM_AGENT", "yes"),
            Of(Setting.Slots, "ICECREAM_SLOTS", processors),
            Of(Setting.LocalSlots, "ICECREAM_LOCAL_SLOTS", processors),
            Of(Setting.Dynamic, "ICECREAM_DYNAMIC", "late"),
            Of(Setting.Class, "ICECREAM_CLASS", Settings.Classes[0]),
            At(Setting.Socket, "ICECREAM_SOCKET", () => places.Socket(settings)),
            At(Setting.StateDirectory, "ICECREAM_STATE_DIR", () => places.StateDirectory(settings)),
            Of(Setting.CacheLimit, "ICECREAM_CACHE_LIMIT", "10G"),
            Of(Setting.Cache, "ICECREAM_CACHE", "on"),
            Of(Setting.CacheSize, "ICECREAM_CACHE_SIZE", "5G"),
            Of(Setting.CacheShared, "ICECREAM_CACHE_SHARED", "(none)"),
            Of(Setting.CacheLocal, "ICECREAM_CACHE_LOCAL", "yes"),
            Of(Setting.CacheBaseDirectory, "ICECREAM_CACHE_BASE_DIR", "(none)"),
            Of(Setting.CacheVerify, "ICECREAM_CACHE_VERIFY", "0"),
            Of(Setting.Niceness, "ICECREAM_NICE", "5"),
            Of(Setting.HugePages, "ICECREAM_HUGE_PAGES", "yes"),
            Of(Setting.PrivateFiles, "ICECREAM_PRIVATE_FILES", "default"),
            Of(Setting.Audit, "ICECREAM_AUDIT", "(none)"),
            Of(Setting.Placement, "ICECREAM_PLACEMENT", PlacementPolicies.ExpectedFinish),
            Of(Setting.Shares, "ICECREAM_SHARES", "(equal)"),
            Of(Setting.DashboardListen, "ICECREAM_DASHBOARD_LISTEN", $"127.0.0.1:{DashboardOptions.DefaultPort}"),
            Of(Setting.ClassicMonitor, "ICECREAM_CLASSIC_MONITOR", "no"),
            Of(Setting.IdleExit, "ICECREAM_IDLE_EXIT", "(never; 30 for an agent alone, unless systemd runs it)"),
            Of(Setting.Log, "ICECREAM_LOG", "info"),
        ];

        SettingInForce Of(string setting, string variable, string otherwise)
        {
            (Layer layer, string where) = settings.OriginOf(setting);
            string value = settings.Text(setting) ?? otherwise;
            return new SettingInForce(setting, variable, setting == Setting.CacheShared ? MaskedAddress.Of(value) : value, layer, where);
        }

        SettingInForce At(string setting, string variable, Func<Place> find)
        {
            (Layer layer, string where) = settings.OriginOf(setting);
            try
            {
                Place place = find();
                return new SettingInForce(setting, variable, place.Path, layer, layer == Layer.Default ? place.Obstacle?.Detail ?? "" : where);
            }
            catch (IOException e)
            {
                return new SettingInForce(setting, variable, "(none)", layer, e.Message);
            }
        }
    }

    /// <summary>Where nodes listen and what the daemon is called if no setting says so: on a machine that has joined a farm, as its certificate says.</summary>
    private static (string Listen, string Name) OfMembership(Settings settings, Places places)
    {
        try
        {
            var membership = Membership.Of(settings, places);
            using NodeCredentials? credentials = membership.Credentials;
            return ($"{membership.Host}:{FarmAddress.DaemonPort} (daemon), {Defaults.Host(membership.IsInsecure)}:{FarmAddress.SchedulerPort} (scheduler)",
                membership.Name ?? new DaemonNodeOptions { StateDirectory = "" }.Name);
        }
        catch (Exception e) when (e is IOException or ConfigurationException)
        {
            // Nothing is in force then: a daemon would not start. Who shows the settings reports the error after them.
            return ("(unknown)", "(unknown)");
        }
    }

    /// <summary>The settings of the launcher, which reads only its environment.</summary>
    public static IReadOnlyList<SettingInForce> OfLauncher(IReadOnlyDictionary<string, string> variables)
    {
        // icecream's own variable counts where the one of ours is not set.
        const string former = "ICECC";
        string? word = variables.GetValueOrDefault(former);
        bool isLocal = word == "no" && string.IsNullOrEmpty(variables.GetValueOrDefault("ICECREAM_MODE"));
        bool isDisabled = word == "disable" && !variables.ContainsKey("ICECREAM_DISABLE");
        return
        [
            Of("socket", "ICECREAM_SOCKET", string.Join(", ", Defaults.AgentSockets())),
            isLocal ? new SettingInForce("mode", "ICECREAM_MODE", "local", Layer.Environment, former) : Of("mode", "ICECREAM_MODE", "auto"),
            isDisabled ? new SettingInForce("disable", "ICECREAM_DISABLE", "1", Layer.Environment, former) : Of("disable", "ICECREAM_DISABLE", "0"),
            Of("autostart", "ICECREAM_AUTOSTART", "1"),
            Of("log", "ICECREAM_LOG", "0"),
        ];

        SettingInForce Of(string name, string variable, string otherwise) => variables.TryGetValue(variable, out string? value) && value.Length > 0
            ? new SettingInForce(name, variable, value, Layer.Environment, variable)
            : new SettingInForce(name, variable, otherwise, Layer.Default, "");
    }
}
