namespace IceCream.Host.Runs;

/// <summary>
/// The environment in which a build's compilers are the launcher.
/// <list type="bullet">
/// <item>Builds that call compilers by name (make, autotools, meson) find the masquerade folder first in <c>PATH</c>.</item>
/// <item>CMake writes into its cache where it found the compiler. It looks into <c>CMAKE_PROGRAM_PATH</c> before <c>PATH</c>, so that it is
/// given the original search path there, and so stores the real compiler, which outlives this run. Its launcher variables put icelaunch in front.</item>
/// <item>What the user has set stays: compilers given as absolute paths in <c>CC</c> and <c>CXX</c>, and launchers.</item>
/// </list>
/// However many of these meet in one command, icelaunch runs once: it looks for the real compiler behind links to itself.
/// </summary>
internal static class CommandEnvironment
{
    private const string UsualPath = "/usr/local/bin:/usr/bin:/bin";

    /// <summary>What changes in the environment.</summary>
    /// <param name="variables">The environment as it is.</param>
    /// <param name="masquerade">The folder of links.</param>
    /// <param name="launcher">The launcher's path.</param>
    /// <param name="socket">The agent's socket.</param>
    public static IReadOnlyDictionary<string, string> Changes(
        IReadOnlyDictionary<string, string> variables, string masquerade, string launcher, string socket)
    {
        string path = variables.GetValueOrDefault("PATH") is { Length: > 0 } own ? own : UsualPath;
        var changes = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = $"{masquerade}:{path}",
            ["ICECREAM_SOCKET"] = socket,
            ["CMAKE_PROGRAM_PATH"] = variables.GetValueOrDefault("CMAKE_PROGRAM_PATH") is { Length: > 0 } asked ? $"{asked}:{path}" : path,
        };
        foreach (string name in (string[])["CMAKE_C_COMPILER_LAUNCHER", "CMAKE_CXX_COMPILER_LAUNCHER"])
        {
            if (!variables.ContainsKey(name))
            {
                changes[name] = launcher;
            }
        }

        return changes;
    }
}
