namespace IceCream.Host.Configuration;

/// <summary>Where a scheduler keeps what outlives it: apart from what daemons keep, and for each network.</summary>
/// <param name="Path">The folder.</param>
internal sealed record SchedulerFolder(string Path)
{
    /// <summary>Where its certificate authority lies.</summary>
    public string Authority => System.IO.Path.Combine(Path, "authority");

    /// <summary>Where it hears its owner.</summary>
    public string Socket => System.IO.Path.Combine(Path, "owner.socket");

    /// <summary>That of the settings in force.</summary>
    /// <exception cref="IOException">There is no place for one.</exception>
    public static SchedulerFolder Of(Settings settings) => In(Places.Own().StateDirectory(settings).Path, settings);

    /// <summary>That below a state directory.</summary>
    public static SchedulerFolder In(string stateDirectory, Settings settings) =>
        new(System.IO.Path.Combine(stateDirectory, "scheduler", "network-" + Uri.EscapeDataString(settings.Network())));
}
