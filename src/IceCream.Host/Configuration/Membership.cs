using IceCream.Identity;

namespace IceCream.Host.Configuration;

/// <summary>How this machine's daemon stands to its farm, which decides where it listens and what it is called if no setting says so.</summary>
/// <param name="IsInsecure">Whether it speaks in the clear.</param>
/// <param name="Credentials">What it got when it joined, which belongs to the caller; null if it has not joined, or speaks in the clear.</param>
/// <param name="Joins">Whether it has joined, or is to join when it starts.</param>
internal sealed record Membership(bool IsInsecure, NodeCredentials? Credentials, bool Joins)
{
    /// <summary>The host that a worker listens on: every address if others may come.</summary>
    public string Host => Defaults.Host(IsInsecure || Joins);

    /// <summary>The name in its certificate; null if it has none.</summary>
    public string? Name => Credentials?.Identity.Name;

    /// <exception cref="ConfigurationException">A setting is invalid.</exception>
    /// <exception cref="IOException">There is no place for a state directory, or the credentials in it cannot be used.</exception>
    public static Membership Of(Settings settings, Places places)
    {
        bool isInsecure = settings.Flag(Setting.Insecure) ?? false;
        NodeCredentials? credentials = isInsecure ? null : NodeCredentials.Load(NodeCredentials.FolderIn(places.StateDirectory(settings).Path));
        return new Membership(isInsecure, credentials, !isInsecure && (credentials is not null || settings.Text(Setting.JoinFile) is not null));
    }
}
