using System.Collections.Immutable;
using IceCream.Platform;

namespace IceCream.Launcher;

/// <summary>
/// Starts an agent for the user if none answers. The compile that notices does not wait for it. If many launchers notice at once, only one
/// starts it: a launcher locks the mark file beside the socket while it tries, and the file's modification time tells when the last try was.
/// </summary>
/// <param name="sockets">Absolute paths where the agent may listen, the likeliest first.</param>
/// <param name="time">The clock.</param>
internal sealed class AgentStart(IEnumerable<AgentSocket> sockets, TimeProvider time)
{
    /// <summary>The shortest time between two tries, so that an agent that cannot start does not cost each compile the time of a try.</summary>
    private const int SecondsBetweenTries = 30;

    private const uint OnlyUser = 0b111_000_000, OnlyUserReads = 0b110_000_000;

    /// <summary>Starts an agent, unless another launcher does so now or did within the last 30 seconds.</summary>
    /// <param name="self">The launcher's own file: icehost lies beside it, or on the search path.</param>
    /// <param name="path">The search path.</param>
    /// <param name="variables">The environment of this process.</param>
    /// <returns>What was done, as a log message. No failure here stops a compile.</returns>
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

    /// <summary>Opens the mark file beside a socket.</summary>
    /// <returns>Why no agent can listen there; null if one can.</returns>
    private static string? TryMark(AgentSocket socket, out int mark)
    {
        mark = -1;
        if (socket.Kind == AgentSocketKind.Own)
        {
            _ = Libc.MakeDirectory(Path.GetDirectoryName(socket.Path)!, OnlyUser);
        }

        // Checked after the folder exists: in /tmp, another user may have created it first.
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

        if (AgentLimits.Lasting() is { } limit)
        {
            return $"no agent started: {limit}";
        }

        // An empty mark file records no try, however new the file is; this byte marks the try.
        if (!Output.WriteAside(mark, "1"u8))
        {
            return $"no agent started: cannot write '{MarkOf(socket)}': {Libc.Describe(Libc.Error)}";
        }

        if (FindHost(self, path) is not { } host)
        {
            return "no agent started: there is no icehost beside icelaunch or on PATH";
        }

        // A log that cannot be written is dropped; the agent starts all the same.
        string log = AgentProcess.MayWrite(LogOf(socket)) ? LogOf(socket) : "/dev/null";
        int process = 0;
        int error = AgentLimits.Lifted(() => AgentProcess.Spawn(host, ["daemon", "--no-worker", "--yield", "--socket", socket.Path], variables.OfAgent(), log, out process));
        return error == 0 ? $"started an agent at '{socket.Path}', {host}, which writes to {log}{AgentLimits.TakeNiceness(process)}" : $"no agent started: cannot run '{host}': {Libc.Describe(error)}";
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
