using System.Collections.Immutable;
using IceCream.Platform;

namespace IceCream.Launcher;

/// <summary>
/// Starts an agent for the user where none answers. The compile that notices does not wait for it. Of any number of launchers that notice
/// at once, one starts it: the mark beside the socket is locked while somebody is at it, and says by its time when it was last tried.
/// </summary>
/// <param name="socket">Where the agent is to listen: absolute.</param>
/// <param name="time">The clock.</param>
internal sealed class AgentStart(AgentSocket socket, TimeProvider time)
{
    /// <summary>From one try to the next: an agent that cannot be started is not to cost each compile the time to try.</summary>
    private const int SecondsBetweenTries = 30;

    private const uint OnlyUser = 0b111_000_000, OnlyUserReads = 0b110_000_000;

    private readonly string _mark = socket.Path + ".start";

    /// <summary>Starts one, unless somebody else does, or did a moment ago.</summary>
    /// <param name="self">The launcher's own file: the host lies beside it, or on the search path.</param>
    /// <param name="path">The search path.</param>
    /// <param name="variables">The environment of this process.</param>
    /// <returns>What was done, for people. Nothing that goes wrong here stops a compile.</returns>
    public string Try(string self, string? path, Variables variables)
    {
        if (socket.Kind == AgentSocketKind.Own)
        {
            _ = Libc.MakeDirectory(Path.GetDirectoryName(socket.Path)!, OnlyUser);
        }

        // Asked after the folder is there: in /tmp, somebody else may have been quicker.
        if (socket.Fault(Linux.EffectiveUser()) is { } fault)
        {
            return $"no agent started: {fault}";
        }

        int mark = Libc.Open(_mark, Libc.ReadWrite | Libc.Create | Libc.CloseOnExec | Libc.NoFollow, OnlyUserReads);
        if (mark < 0)
        {
            return $"no agent started: cannot write '{_mark}': {Libc.Describe(Libc.Error)}";
        }

        try
        {
            return Libc.Lock(mark, Libc.LockExclusive | Libc.LockNonBlocking) == 0 && !WasTriedLately()
                ? Start(mark, self, path, variables)
                : $"an agent was started within the last {SecondsBetweenTries} seconds";
        }
        finally
        {
            _ = Libc.Close(mark);
        }
    }

    private string Start(int mark, string self, string? path, Variables variables)
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

        int error = AgentProcess.Spawn(host, ["daemon", "--no-worker", "--socket", socket.Path], variables.OfAgent(), socket.Path + ".log");
        return error == 0 ? $"started an agent, {host}" : $"no agent started: cannot run '{host}': {Libc.Describe(error)}";
    }

    private bool WasTriedLately() =>
        Linux.Stat(_mark, followLinks: false, out FileStatus status) == 0 && status.Length > 0
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
