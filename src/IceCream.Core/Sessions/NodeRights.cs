using IceCream.Clients;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>
/// What a node may tell the scheduler, according to the certificate that it presented. Where connections carry no identity (within a process, over a Unix socket, on
/// an insecure farm), everything is allowed that is not reserved for the scheduler's owner.
/// </summary>
internal static class NodeRights
{
    /// <summary>Why a greeting exceeds the rights of the certificate; null when it does not.</summary>
    public static string? ReasonToRefuse(SchedulerMessage hello, NodeIdentity? who) => (who, hello) switch
    {
        (null, _) => null,
        (_, SchedulerMessage.WorkerHello worker) when !who.Roles.HasFlag(NodeRoles.Worker) || worker.Name != who.Name =>
            $"{Describe(who)}, and not of the worker '{worker.Name}'.",
        (_, SchedulerMessage.AgentHello agent) when !who.Roles.HasFlag(NodeRoles.Agent) || !who.OwnsAgentName(agent.Name) || agent.User != who.User =>
            $"{Describe(who)}, and not of the agent '{agent.Name}' of user '{agent.User}'.",
        _ => null,
    };

    /// <summary>Whether a text can be the name of a node or of a user: names stand in logs, tables and files, and must not move anybody's cursor there.</summary>
    public static bool IsName(string text) => text.Length > 0 && ForeignText.Clean(text) == text;

    /// <summary>Why the names in a greeting cannot be names, whatever its certificate says; null when they can.</summary>
    public static string? ReasonToRefuseNames(SchedulerMessage hello)
    {
        bool areNames = hello switch
        {
            SchedulerMessage.WorkerHello worker => IsName(worker.Name) && IsName(worker.Address.ToString()) && IsName(worker.Platform),
            SchedulerMessage.AgentHello agent => IsName(agent.Name) && IsName(agent.User) && IsName(agent.Platform),
            _ => true,
        };
        return areNames ? null : "A name that it gives is empty, or has characters that no line can show.";
    }

    /// <summary>Why a worker's address cannot be given to agents on other machines; null when it can.</summary>
    /// <param name="address">The address.</param>
    /// <param name="scheme">The transport of the worker's own connection.</param>
    public static string? ReasonToRefuse(FarmAddress address, string scheme) =>
        scheme != "tcp" || address.Scheme == "tcp" ? null : $"{address} is a place of one machine, and is not believed when it comes from another.";

    /// <summary>Whether a client may drain a node: with a certificate only itself, and only as a worker.</summary>
    public static bool MayDrain(NodeIdentity? who, string node) => who is null || (who.Roles.HasFlag(NodeRoles.Worker) && who.Name == node);

    private static string Describe(NodeIdentity who) => $"Its certificate is that of '{who.Name}' of user '{who.User}' with the role '{NodeRoleWords.Of(who.Roles)}'";
}
