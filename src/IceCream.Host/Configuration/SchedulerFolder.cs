namespace IceCream.Host.Configuration;

/// <summary>Where a scheduler keeps what outlives it: apart from what daemons keep, and for each network.</summary>
/// <param name="Path">The folder.</param>
internal sealed record SchedulerFolder(string Path)
{
    private const string Prefix = "network-";

    /// <summary>The network that it serves.</summary>
    public string Network => Uri.UnescapeDataString(System.IO.Path.GetFileName(Path)[Prefix.Length..]);

    /// <summary>Where its certificate authority lies.</summary>
    public string Authority => System.IO.Path.Combine(Path, "authority");

    /// <summary>Where it hears its owner.</summary>
    public string Socket => System.IO.Path.Combine(Path, "owner.socket");

    /// <summary>That of the settings in force.</summary>
    /// <exception cref="IOException">There is no place for one.</exception>
    public static SchedulerFolder Of(Settings settings) => In(Places.Own().StateDirectory(settings).Path, settings);

    /// <summary>That of the scheduler that runs here, whatever its network, when no network is named and only one of this state directory does.</summary>
    /// <exception cref="ConfigurationException">Several run here, and none is named.</exception>
    /// <exception cref="IOException">There is no place for one.</exception>
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

    /// <summary>That below a state directory.</summary>
    public static SchedulerFolder In(string stateDirectory, Settings settings) =>
        new(System.IO.Path.Combine(stateDirectory, "scheduler", Prefix + Uri.EscapeDataString(settings.Network())));
}
