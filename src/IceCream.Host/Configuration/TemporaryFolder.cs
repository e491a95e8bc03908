using IceCream.Platform;

namespace IceCream.Host.Configuration;

/// <summary>The folder for files that are soon gone.</summary>
internal static class TemporaryFolder
{
    private const string Variable = "TMPDIR", Usual = "/tmp";

    /// <summary>A node outlives the build that starts it, and so perhaps the folder that <c>TMPDIR</c> names there. What cannot be used is not named any more.</summary>
    /// <returns>What was changed, for people; empty when nothing was.</returns>
    public static string Mend()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } named || Fault(named) is not { } fault)
        {
            return "";
        }

        Environment.SetEnvironmentVariable(Variable, null);
        return $"temporary files lie in {Usual}, since {Variable} names '{named}', {fault}";
    }

    /// <summary>The first folder that can be used for files with names of this length below it: <c>TMPDIR</c>, then <c>/tmp</c>.</summary>
    /// <param name="room">How many bytes of path a socket needs below it.</param>
    public static string ForSockets(int room) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named && Fault(named) is null
            && System.Text.Encoding.UTF8.GetByteCount(named) + room <= AgentSocket.LongestPath ? named : Usual;

    private static string? Fault(string folder) =>
        folder is not ['/', ..] ? "which is no absolute path"
        : Linux.Stat(folder, followLinks: true, out FileStatus status) != 0 || !status.IsDirectory ? "which is no folder"
        : !Linux.MayWriteIn(folder) ? "which cannot be written"
        : null;
}
