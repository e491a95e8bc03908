using System.Globalization;
using IceCream.Platform;

namespace IceCream.Host.Configuration;

/// <summary>Defaults that depend on this process and its user.</summary>
internal static class Defaults
{
    /// <summary>The host that a node listens on.</summary>
    /// <param name="isOpen">Whether other machines may come: they are believed, or must prove who they are.</param>
    public static string Host(bool isOpen) => isOpen ? "*" : "127.0.0.1";

    /// <summary>The sockets on which an agent may answer, the likeliest first.</summary>
    public static IReadOnlyList<string> AgentSockets() =>
        [.. AgentSocket.Candidates(Environment.GetEnvironmentVariable, Linux.EffectiveUser()).Select(static socket => socket.Path)];

    /// <summary>
    /// Whether systemd runs this very process as a service. Children of a service inherit most variables of systemd, for example an agent that a
    /// launcher started in a service, so the variable's process id is compared.
    /// </summary>
    public static bool IsManagedService() =>
        Environment.GetEnvironmentVariable("SYSTEMD_EXEC_PID") == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
}
