namespace IceCream.Host.Configuration;

/// <summary>The folder for a scheduler's persistent state, separate from daemons' state and for each network.</summary>
/// <param name="Path">The folder.</param>
internal sealed record SchedulerFolder(string Path)
{
    private const string Prefix = "network-";

    public string Network => Uri.UnescapeDataString(System.IO.Path.GetFileName(Path)[Prefix.Length..]);

    /// <summary>The folder of its certificate authority.</summary>
    public string Authority => System.IO.Path.Combine(Path, "authority");

    /// <summary>The socket on which it takes commands from its owner.</summary>
    public string Socket => System.IO.Path.Combine(Path, "owner.socket");

    /// <summary>The folder for the effective settings.</summary>
    /// <exception cref="IOException">There is no place for a state directory.</exception>
    public static SchedulerFolder Of(Settings settings) => In(Places.Own().StateDirectory(settings).Path, settings);

    /// <summary>The folder of the scheduler that runs here. If no network is named and the default one has none, the only running scheduler counts.</summary>
    /// <exception cref="ConfigurationException">Several schedulers run here, and no network is named.</exception>
    /// <exception cref="IOException">There is no place for a state directory.</exception>
    public static SchedulerFolder Running(Settings settings)
    {
        SchedulerFolder usual = Of(settings);
        string all = System.IO.Path.GetDirectoryName(usual.Path)!;
        if (settings.Text(Setting.Network) is not null || !Directory.Exists(all))
        {
            return usual;
        }

        SchedulerFolder[] running = [.. Directory.GetDirectories(all, Prefix + "*").Order(StringComparer.Ordinal).Select(static folder => new SchedulerFolder(folder)).Where(static folder => File.Exists(folder.Socket))];
        return running switch
        {
            [] => usual,
            _ when running.Contains(usual) => usual,
            [var one] => one,
            _ => throw new ConfigurationException($"--network: schedulers of several networks keep their state here: {string.Join(", ", running.Select(static folder => folder.Network))}. Name one."),
        };
    }

    /// <summary>The folder below a state directory.</summary>
    public static SchedulerFolder In(string stateDirectory, Settings settings) =>
        new(System.IO.Path.Combine(stateDirectory, "scheduler", Prefix + Uri.EscapeDataString(settings.Network())));
}
