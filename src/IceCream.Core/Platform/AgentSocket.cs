using System.Collections.Immutable;
using System.Text;

namespace IceCream.Platform;

/// <summary>Whose agent listens on a socket.</summary>
internal enum AgentSocketKind
{
    /// <summary>The one that the user named.</summary>
    Named,

    /// <summary>The user's own, at one of its usual places.</summary>
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

    /// <summary>The longest path that the kernel takes for a socket, in bytes of UTF-8.</summary>
    public const int LongestPath = 107;

    /// <summary>What the name of the mark adds to a socket's, which says by its time when a launcher last started an agent there.</summary>
    public const string MarkSuffix = ".start";

    private const string RuntimeVariable = "XDG_RUNTIME_DIR";
    private const int WritableByOthers = 0b000_010_010;

    /// <summary>
    /// The sockets to try, in this order: an agent of this user listens at the first of its own where it can. <c>XDG_RUNTIME_DIR</c> is believed
    /// when it is a folder of the user: it outlives its folder, and <c>su</c> hands it on. Without it the same folder is found at its usual
    /// place, so that a login and a job of <c>cron</c> meet one agent.
    /// </summary>
    /// <param name="variable">The value of an environment variable, or null.</param>
    /// <param name="user">The effective user number.</param>
    /// <param name="ownerOf">Whose folder a path leads to, null when to none; the file system's answer when null.</param>
    public static ImmutableArray<AgentSocket> Candidates(Func<string, string?> variable, uint user, Func<string, uint?>? ownerOf = null)
    {
        if (variable(Variable) is { Length: > 0 } named)
        {
            return [new(named, AgentSocketKind.Named)];
        }

        var sockets = ImmutableArray.CreateBuilder<AgentSocket>();
        foreach (string? runtime in (ReadOnlySpan<string?>)[variable(RuntimeVariable), $"/run/user/{user}"])
        {
            if (RuntimeFault(runtime, user, ownerOf ?? OwnerOf) is null
                && new AgentSocket($"{runtime!.TrimEnd('/')}/icecream/agent.socket", AgentSocketKind.Own) is var socket && !sockets.Contains(socket))
            {
                sockets.Add(socket);
            }
        }

        sockets.Add(new($"/tmp/icecream-{user}/agent.socket", AgentSocketKind.Own));
        sockets.Add(new(SystemPath, AgentSocketKind.System));
        return sockets.ToImmutable();
    }

    /// <summary>Why the folder that <c>XDG_RUNTIME_DIR</c> names is passed over, for people; null when it is not, or none is named.</summary>
    public static string? RuntimeFault(Func<string, string?> variable, uint user, Func<string, uint?>? ownerOf = null) =>
        variable(RuntimeVariable) is { Length: > 0 } runtime && RuntimeFault(runtime, user, ownerOf ?? OwnerOf) is { } fault
            ? $"{RuntimeVariable} names '{runtime}', {fault}"
            : null;

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

    private static string? RuntimeFault(string? runtime, uint user, Func<string, uint?> ownerOf) =>
        runtime is not ['/', ..] ? "which is no absolute path"
        : Encoding.UTF8.GetByteCount(runtime) > LongestPath - "/icecream/agent.socket".Length ? "which is too long for a socket"
        : ownerOf(runtime) is not { } owner ? "which is no folder"
        : owner != user ? $"which belongs to user {owner}, not to you ({user})"
        : null;

    private static uint? OwnerOf(string folder) =>
        Linux.Stat(folder, followLinks: true, out FileStatus status) == 0 && status.IsDirectory ? status.Owner : null;
}
