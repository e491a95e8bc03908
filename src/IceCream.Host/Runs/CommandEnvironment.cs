namespace IceCream.Host.Runs;

/// <summary>
/// Builds the environment in which a build calls the launcher instead of its compilers.
/// <list type="bullet">
/// <item>Builds that call compilers by name (make, autotools, meson) find the masquerade folder first in <c>PATH</c>.</item>
/// <item>CMake stores the compiler's path in its cache. It searches <c>CMAKE_PROGRAM_PATH</c> before <c>PATH</c>, so the original search path goes
/// there: CMake then stores the real compiler, which outlives this run. Its launcher variables put icelaunch in front.</item>
/// <item>ccache knows a compiler by its file. Behind a link it would take the launcher for the compiler, and give back what an older compiler made. So it finds
/// the compilers on the original search path, and puts icelaunch in front of them itself.</item>
/// <item>The user's own choices stay: compilers given as absolute paths in <c>CC</c> and <c>CXX</c>, and compiler launchers.</item>
/// </list>
/// Even if several of these apply to one command, icelaunch runs once: it skips links to itself when it looks for the real compiler.
/// </summary>
internal static class CommandEnvironment
{
    private const string UsualPath = "/usr/local/bin:/usr/bin:/bin";

    /// <summary>The variables to change.</summary>
    /// <param name="variables">The current environment.</param>
    /// <param name="masquerade">The masquerade folder.</param>
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
        (string Name, string Value)[] wanted =
            [("CMAKE_C_COMPILER_LAUNCHER", launcher), ("CMAKE_CXX_COMPILER_LAUNCHER", launcher), ("CCACHE_PREFIX", launcher), ("CCACHE_PATH", path)];
        foreach ((string name, string value) in wanted)
        {
            if (!variables.ContainsKey(name))
            {
                changes[name] = value;
            }
        }

        return changes;
    }
}
