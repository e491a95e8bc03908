using System.Diagnostics.CodeAnalysis;

namespace IceCream.Identity;

/// <summary>A node's identity, as the farm's authority has certified it.</summary>
/// <param name="Network">The farm's network.</param>
/// <param name="Roles">The roles that the node may have.</param>
/// <param name="Name">The node's name; a worker's is unique in the farm.</param>
/// <param name="User">The user whose share of the farm the node's jobs use; unique, together with the name, among agents.</param>
public sealed record NodeIdentity(string Network, NodeRoles Roles, string Name, string User)
{
    /// <summary>The most characters of each name.</summary>
    internal const int LongestName = 64;

    private const string Scheme = "icecream:";

    /// <summary>The name by which the scheduler and workers know the node's agent.</summary>
    public string AgentName => $"{User}@{Name}";

    /// <summary>Whether an agent of this identity may use a name: its own, or its own followed by a slash and more, for a user who runs several builds.</summary>
    internal bool OwnsAgentName(string name) =>
        name.StartsWith(AgentName, StringComparison.Ordinal) && (name.Length == AgentName.Length || name[AgentName.Length] == '/');

    /// <summary>Why the identity cannot be certified; null when it can.</summary>
    internal string? Fault =>
        NodeRoleWords.Parse(NodeRoleWords.Of(Roles)) is null ? "no certificate has such roles"
        : new[] { Network, Name, User }.Any(static name => name.Length is 0 or > LongestName || name.Any(static c => char.IsControl(c) || char.IsWhiteSpace(c)))
            ? $"names have 1 to {LongestName} characters, and no spaces" : null;

    /// <summary>The form in a certificate: <c>icecream:NETWORK/ROLE/NAME/USER</c>, each part percent-encoded.</summary>
    internal string ToUri() => Scheme + string.Join('/', Uri.EscapeDataString(Network), NodeRoleWords.Of(Roles), Uri.EscapeDataString(Name), Uri.EscapeDataString(User));

    /// <summary>Parses that form. Only the spelling that <see cref="ToUri"/> produces is accepted.</summary>
    internal static bool TryParse(string uri, [NotNullWhen(true)] out NodeIdentity? identity)
    {
        identity = null;
        if (!uri.StartsWith(Scheme, StringComparison.Ordinal) || uri[Scheme.Length..].Split('/') is not [var network, var role, var name, var user]
            || NodeRoleWords.Parse(role) is not { } roles)
        {
            return false;
        }

        var read = new NodeIdentity(Uri.UnescapeDataString(network), roles, Uri.UnescapeDataString(name), Uri.UnescapeDataString(user));
        identity = read.Fault is null && read.ToUri() == uri ? read : null;
        return identity is not null;
    }
}
