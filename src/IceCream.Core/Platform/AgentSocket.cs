using System.Collections.Immutable;
using System.Text;

namespace IceCream.Platform;

/// <summary>The owner of the agent that listens on a socket.</summary>
internal enum AgentSocketKind
{
    /// <summary>The socket that the user named.</summary>
    Named,

    /// <summary>The user's own agent, at one of its usual places.</summary>
    Own,

    /// <summary>The machine's agent, for every user.</summary>
    System,
}

/// <summary>The place where an agent listens for launchers. Launcher and host both take it from here, so that they agree.</summary>
/// <param name="Path">The socket.</param>
/// <param name="Kind">Whose agent it is.</param>
internal sealed record AgentSocket(string Path, AgentSocketKind Kind)
{
    /// <summary>The variable that overrides the usual sockets.</summary>
    public const string Variable = "ICECREAM_SOCKET";

    /// <summary>The socket of an agent that serves every user of the machine.</summary>
    public const string SystemPath = "/run/icecream/agent.socket";

    /// <summary>The longest socket path that the kernel accepts, in bytes of UTF-8.</summary>
    public const int LongestPath = 107;

    /// <summary>The suffix of a marker file beside the socket. Its mtime is the time at which a launcher last started an agent there.</summary>
    public const string MarkSuffix = ".start";

    private const string RuntimeVariable = "XDG_RUNTIME_DIR";
    private const int WritableByOthers = 0b000_010_010;

    /// <summary>
    /// The sockets to try, in order: an agent of this user listens at the first of its own where it can. <c>XDG_RUNTIME_DIR</c> is used only when it
    /// is a folder of the user, because the variable outlives its folder and <c>su</c> passes it on. Without the variable the same folder is tried at
    /// its usual path, so that a login and a <c>cron</c> job find one agent.
    /// </summary>
    /// <param name="variable">Returns the value of an environment variable, or null.</param>
    /// <param name="user">The effective user number.</param>
    /// <param name="ownerOf">Returns the owner of the folder at a path, null when there is none; null: the file system is asked.</param>
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

    /// <summary>Why the folder in <c>XDG_RUNTIME_DIR</c> is ignored, for people; null when it is used, or the variable is not set.</summary>
    public static string? RuntimeFault(Func<string, string?> variable, uint user, Func<string, uint?>? ownerOf = null) =>
        variable(RuntimeVariable) is { Length: > 0 } runtime && RuntimeFault(runtime, user, ownerOf ?? OwnerOf) is { } fault
            ? $"{RuntimeVariable} names '{runtime}', {fault}"
            : null;

    /// <summary>Why the socket must not be used: any user can create a folder in <c>/tmp</c> under another user's name, and read there what that user compiles.</summary>
    /// <returns>The fault, for people; null when there is none, or the folder does not exist.</returns>
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
