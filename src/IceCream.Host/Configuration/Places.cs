using System.Text;
using IceCream.Diagnostics;
using IceCream.Platform;

namespace IceCream.Host.Configuration;

/// <summary>The place of a node's folder or socket.</summary>
/// <param name="Path">The absolute path.</param>
/// <param name="Obstacle">Why it is not the usual path; null if it is.</param>
internal sealed record Place(string Path, Obstacle? Obstacle = null);

/// <summary>
/// Finds the default places of a node's state directory and agent socket. If a user has no usable home, cache folder or runtime folder, the next
/// candidate is taken and the place's obstacle says so. A place that a setting names is taken as it is.
/// </summary>
/// <param name="variable">Returns the value of an environment variable, or null.</param>
/// <param name="home">The user's home from the system's user database; null or empty if it has none.</param>
/// <param name="user">The effective user id.</param>
/// <param name="faultOf">Returns why this user cannot use or create a folder; null if it can. The second argument: whether strangers may write in its parent.</param>
internal sealed class Places(Func<string, string?> variable, string? home, uint user, Func<string, bool, string?> faultOf)
{
    private const int WritableByOthers = 0b000_010_010;

    /// <summary>The places for this process.</summary>
    public static Places Own()
    {
        uint user = Linux.EffectiveUser();
        return new Places(
            Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), user, (folder, isShared) => FaultOf(folder, isShared, user));
    }

    /// <summary>The state directory.</summary>
    /// <exception cref="IOException">There is no place for one.</exception>
    public Place StateDirectory(Settings settings)
    {
        if (settings.Path(Setting.StateDirectory) is { } named)
        {
            return new Place(named);
        }

        var faults = new List<string>();
        foreach ((string folder, bool isShared) in StateDirectories(faults))
        {
            if (faultOf(folder, isShared) is not { } fault)
            {
                return Found(folder, faults, $"state is kept in {folder}", "ICECREAM_STATE_DIR or --state-dir");
            }

            faults.Add(fault);
        }

        throw new IOException($"There is no place for the state: {string.Join(", ", faults)}. Name one by ICECREAM_STATE_DIR or --state-dir.");
    }

    /// <summary>The agent's socket.</summary>
    /// <exception cref="IOException">There is no place for one.</exception>
    public Place Socket(Settings settings)
    {
        if (settings.Path(Setting.Socket) is { } named)
        {
            return Encoding.UTF8.GetByteCount(named) <= AgentSocket.LongestPath ? new Place(named)
                : throw new ConfigurationException($"{settings.OriginOf(Setting.Socket).Where}: '{named}' is too long for a socket. Allowed: at most {AgentSocket.LongestPath} bytes.");
        }

        var faults = new List<string>();
        if (AgentSocket.RuntimeFault(variable, user) is { } passedOver)
        {
            faults.Add(passedOver);
        }

        foreach (string socket in Sockets())
        {
            if (faultOf(Path.GetDirectoryName(socket)!, true) is not { } fault)
            {
                return Found(socket, faults, $"the agent's socket is {socket}", "ICECREAM_SOCKET or --socket");
            }

            faults.Add(fault);
        }

        throw new IOException($"There is no place for the agent's socket: {string.Join(", ", faults)}. Name one by ICECREAM_SOCKET or --socket.");
    }

    /// <summary>
    /// Why this user cannot use or create a folder, judged by the nearest existing folder at or above it, without writing. Where strangers may write,
    /// the folder must be this user's alone, because somebody else may have created it first.
    /// </summary>
    internal static string? FaultOf(string folder, bool isShared, uint user)
    {
        string nearest = folder;
        FileStatus status;
        while (Linux.Stat(nearest, followLinks: !isShared || nearest != folder, out status) != 0 && Path.GetDirectoryName(nearest) is { } above)
        {
            nearest = above;
        }

        return !status.IsDirectory ? $"'{nearest}' is no folder"
            : isShared && nearest == folder && status.Owner != user ? $"'{folder}' belongs to user {status.Owner}"
            : isShared && nearest == folder && (status.Permissions & WritableByOthers) != 0 ? $"others may write in '{folder}'"
            : !Linux.MayWriteIn(nearest) ? nearest == folder ? $"'{folder}' cannot be written" : $"'{folder}' cannot be made"
            : null;
    }

    /// <summary>The first usable candidate, and what was wrong with those before it.</summary>
    private static Place Found(string path, List<string> faults, string what, string names) => faults.Count == 0 ? new Place(path)
        : new Place(path, new Obstacle(ObstacleKind.UnusualPlace, $"{what}, since {string.Join(", ", faults)}; {names} names another place"));

    private IEnumerable<string> Sockets() => AgentSocket.Candidates(name => name == AgentSocket.Variable ? null : variable(name), user)
        .Where(static socket => socket.Kind == AgentSocketKind.Own).Select(static socket => socket.Path);

    private IEnumerable<(string Folder, bool IsShared)> StateDirectories(List<string> faults)
    {
        if (user == 0)
        {
            yield return ("/var/cache/icecream", false);
        }
        else if (variable("XDG_CACHE_HOME") is ['/', ..] cache)
        {
            yield return (Path.Combine(cache, "icecream"), false);
        }

        if (user != 0)
        {
            // The framework reports "/" as the home of a user that has none.
            string? own = variable("HOME") is { Length: > 0 } named ? named : home is "/" ? null : home;
            if (own is ['/', ..])
            {
                yield return (Path.Combine(own, ".cache/icecream"), false);
            }
            else
            {
                faults.Add(own is { Length: > 0 } ? $"HOME is '{own}', which is no absolute path" : "there is no HOME");
            }
        }

        yield return ($"/var/tmp/icecream-{user}", true);
        yield return ($"/tmp/icecream-{user}/state", true);
    }
}
