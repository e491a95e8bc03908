using System.Collections.Immutable;
using IceCream.Platform;

namespace IceCream.Launcher;

/// <summary>
/// Starts an agent for the user where none answers. The compile that notices does not wait for it. Of any number of launchers that notice
/// at once, one starts it: the mark beside the socket is locked while somebody is at it, and says by its time when it was last tried.
/// </summary>
/// <param name="sockets">Where the agent may listen, the likeliest first: absolute.</param>
/// <param name="time">The clock.</param>
internal sealed class AgentStart(IEnumerable<AgentSocket> sockets, TimeProvider time)
{
    /// <summary>From one try to the next: an agent that cannot be started is not to cost each compile the time to try.</summary>
    private const int SecondsBetweenTries = 30;

    private const uint OnlyUser = 0b111_000_000, OnlyUserReads = 0b110_000_000;

    /// <summary>Starts one, unless somebody else does, or did a moment ago.</summary>
    /// <param name="self">The launcher's own file: the host lies beside it, or on the search path.</param>
    /// <param name="path">The search path.</param>
    /// <param name="variables">The environment of this process.</param>
    /// <returns>What was done, for people. Nothing that goes wrong here stops a compile.</returns>
    public string Try(string self, string? path, Variables variables)
    {
        string obstacles = "";
        foreach (AgentSocket socket in sockets)
        {
            if (TryMark(socket, out int mark) is { } obstacle)
            {
                obstacles += obstacles.Length == 0 ? obstacle : "; " + obstacle;
                continue;
            }

            try
            {
                return Libc.Lock(mark, Libc.LockExclusive | Libc.LockNonBlocking) == 0 && !WasTriedLately(MarkOf(socket))
                    ? Start(socket, mark, self, path, variables)
                    : $"an agent was started within the last {SecondsBetweenTries} seconds; {LogOf(socket)} holds what it said";
            }
            finally
            {
                _ = Libc.Close(mark);
            }
        }

        return $"no agent started: {obstacles}";
    }

    private static string MarkOf(AgentSocket socket) => socket.Path + AgentSocket.MarkSuffix;

    private static string LogOf(AgentSocket socket) => socket.Path + ".log";

    /// <summary>Opens the mark beside a socket.</summary>
    /// <returns>Why no agent can listen there; null when one can.</returns>
    private static string? TryMark(AgentSocket socket, out int mark)
    {
        mark = -1;
        if (socket.Kind == AgentSocketKind.Own)
        {
            _ = Libc.MakeDirectory(Path.GetDirectoryName(socket.Path)!, OnlyUser);
        }

        // Asked after the folder is there: in /tmp, somebody else may have been quicker.
        if (socket.Fault(Linux.EffectiveUser()) is { } fault)
        {
            return fault;
        }

        mark = Libc.Open(MarkOf(socket), Libc.ReadWrite | Libc.Create | Libc.CloseOnExec | Libc.NoFollow, OnlyUserReads);
        return mark < 0 ? $"cannot write '{MarkOf(socket)}': {Libc.Describe(Libc.Error)}" : null;
    }

    private static string Start(AgentSocket socket, int mark, string self, string? path, Variables variables)
    {
        if (AgentConnection.Open(socket.Path, out _) is { } connection)
        {
            connection.Close();
            return "an agent was just started";
        }

        // A mark without content has never been used, however new it is.
        Output.Write(mark, "1"u8);
        if (FindHost(self, path) is not { } host)
        {
            return "no agent started: there is no icehost beside icelaunch or on PATH";
        }

        // What cannot be written down is lost, and stops no agent.
        string log = AgentProcess.MayWrite(LogOf(socket)) ? LogOf(socket) : "/dev/null";
        int error = AgentProcess.Spawn(host, ["daemon", "--no-worker", "--yield", "--socket", socket.Path], variables.OfAgent(), log);
        return error == 0 ? $"started an agent at '{socket.Path}', {host}, which writes to {log}" : $"no agent started: cannot run '{host}': {Libc.Describe(error)}";
    }

    private bool WasTriedLately(string mark) =>
        Linux.Stat(mark, followLinks: false, out FileStatus status) == 0 && status.Length > 0
        && Math.Abs(time.GetUtcNow().ToUnixTimeSeconds() - status.ModifiedSeconds) < SecondsBetweenTries;

    private static string? FindHost(string self, string? path)
    {
        ImmutableArray<string> folders = [Path.GetDirectoryName(self) ?? "/", .. path?.Split(':') ?? []];
        foreach (string folder in folders)
        {
            if (folder is ['/', ..] && Path.Combine(folder, "icehost") is var host
                && Linux.Stat(host, followLinks: true, out FileStatus status) == 0 && status.IsRegular && (status.Permissions & 0b001_001_001) != 0)
            {
                return host;
            }
        }

        return null;
    }
}
