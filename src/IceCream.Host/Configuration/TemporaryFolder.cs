using IceCream.Platform;

namespace IceCream.Host.Configuration;

/// <summary>Chooses the folder for temporary files.</summary>
internal static class TemporaryFolder
{
    private const string Variable = "TMPDIR", Usual = "/tmp";

    /// <summary>Unsets <c>TMPDIR</c> if its folder cannot be used: a node outlives the build that starts it, and perhaps the build's temporary folder.</summary>
    /// <returns>What was changed, as a message; empty for nothing.</returns>
    public static string Mend()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } named || Fault(named) is not { } fault)
        {
            return "";
        }

        Environment.SetEnvironmentVariable(Variable, null);
        return $"temporary files lie in {Usual}, since {Variable} names '{named}', {fault}";
    }

    /// <summary>The folder for sockets: <c>TMPDIR</c> if it is usable and short enough for a socket's path, else <c>/tmp</c>.</summary>
    /// <param name="room">The bytes of the socket's path below the folder.</param>
    public static string ForSockets(int room) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named && Fault(named) is null
            && System.Text.Encoding.UTF8.GetByteCount(named) + room <= AgentSocket.LongestPath ? named : Usual;

    private static string? Fault(string folder) =>
        folder is not ['/', ..] ? "which is no absolute path"
        : Linux.Stat(folder, followLinks: true, out FileStatus status) != 0 || !status.IsDirectory ? "which is no folder"
        : !Linux.MayWriteIn(folder) ? "which cannot be written"
        : null;
}
