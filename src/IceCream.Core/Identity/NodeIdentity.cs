using System.Diagnostics.CodeAnalysis;

namespace IceCream.Identity;

/// <summary>Who a node is, as the farm's authority has certified.</summary>
/// <param name="Network">The farm's network.</param>
/// <param name="Roles">What it may do.</param>
/// <param name="Name">The node's name: of a worker unique in the farm.</param>
/// <param name="User">Whose share of the farm its jobs use; unique, together with the name, among agents.</param>
public sealed record NodeIdentity(string Network, NodeRoles Roles, string Name, string User)
{
    /// <summary>How many characters each of the names may have.</summary>
    internal const int LongestName = 64;

    private const string Scheme = "icecream:";

    /// <summary>The name under which its agent is known to scheduler and workers.</summary>
    public string AgentName => $"{User}@{Name}";

    /// <summary>Whether an agent of this identity may go by a name: its own, or that with a slash and more behind it, where a user runs several builds.</summary>
    internal bool OwnsAgentName(string name) =>
        name.StartsWith(AgentName, StringComparison.Ordinal) && (name.Length == AgentName.Length || name[AgentName.Length] == '/');

    /// <summary>What is wrong with it; null when it can be certified.</summary>
    internal string? Fault =>
        NodeRoleWords.Parse(NodeRoleWords.Of(Roles)) is null ? "no certificate has such roles"
        : new[] { Network, Name, User }.Any(static name => name.Length is 0 or > LongestName || name.Any(static c => char.IsControl(c) || char.IsWhiteSpace(c)))
            ? $"names have 1 to {LongestName} characters, and no spaces" : null;

    /// <summary>Its form within a certificate: <c>icecream:NETWORK/ROLE/NAME/USER</c>, each part percent-encoded.</summary>
    internal string ToUri() => Scheme + string.Join('/', Uri.EscapeDataString(Network), NodeRoleWords.Of(Roles), Uri.EscapeDataString(Name), Uri.EscapeDataString(User));

    /// <summary>Reads that form. Whatever has more than one spelling is refused in all but one.</summary>
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
