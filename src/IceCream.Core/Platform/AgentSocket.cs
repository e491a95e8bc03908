using System.Collections.Immutable;

namespace IceCream.Platform;

/// <summary>Whose agent listens on a socket.</summary>
internal enum AgentSocketKind
{
    /// <summary>The one that the user named.</summary>
    Named,

    /// <summary>The user's own, at its usual place.</summary>
    Own,

    /// <summary>The machine's, for every user.</summary>
    System,
}

/// <summary>Where an agent listens for its launchers. Launcher and host take it from here, so that they meet.</summary>
/// <param name="Path">The socket.</param>
/// <param name="Kind">Whose it is.</param>
internal sealed record AgentSocket(string Path, AgentSocketKind Kind)
{
    /// <summary>The variable that names a socket in place of the usual ones.</summary>
    public const string Variable = "ICECREAM_SOCKET";

    /// <summary>The socket of an agent for every user of the machine.</summary>
    public const string SystemPath = "/run/icecream/agent.socket";

    private const int WritableByOthers = 0b000_010_010;

    /// <summary>The sockets to try, in this order. The first is where an agent of this user listens.</summary>
    /// <param name="variable">The value of an environment variable, or null.</param>
    /// <param name="user">The effective user number.</param>
    public static ImmutableArray<AgentSocket> Candidates(Func<string, string?> variable, uint user)
    {
        if (variable(Variable) is { Length: > 0 } named)
        {
            return [new(named, AgentSocketKind.Named)];
        }

        string folder = variable("XDG_RUNTIME_DIR") is ['/', ..] runtime ? $"{runtime.TrimEnd('/')}/icecream" : $"/tmp/icecream-{user}";
        return [new($"{folder}/agent.socket", AgentSocketKind.Own), new(SystemPath, AgentSocketKind.System)];
    }

    /// <summary>
    /// Why the socket is not to be used: anybody may create a folder in <c>/tmp</c> under another user's name, and read there what that user compiles.
    /// </summary>
    /// <returns>The fault, for people; null when there is none, or no folder at all.</returns>
    public string? Fault(uint user)
    {
        if (Kind != AgentSocketKind.Own)
        {
            return null;
        }

        string folder = System.IO.Path.GetDirectoryName(Path)!;
        return Linux.Stat(folder, followLinks: false, out FileStatus status) != 0 ? null
            : !status.IsDirectory ? $"'{folder}' is no folder"
            : status.Owner != user ? $"the folder '{folder}' belongs to user {status.Owner}, not to you ({user})"
            : (status.Permissions & WritableByOthers) != 0 ? $"others may write in the folder '{folder}': chmod 700 it"
            : null;
    }
}
