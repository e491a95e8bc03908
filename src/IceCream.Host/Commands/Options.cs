using System.CommandLine;
using IceCream.Host.Configuration;

namespace IceCream.Host.Commands;

/// <summary>
/// The options that commands share. Options with a value are strings here: the class <c>Settings</c> parses the value, so that the
/// errors are the same whether it comes from an option, a variable or a file.
/// </summary>
internal static class Options
{
    public static Option<bool> Json() => Flag("--json", "Print JSON: names in snake_case, durations in seconds, times in ISO 8601.");

    public static Option<bool> Verbose() => Flag("--verbose", "Log more (ICECREAM_LOG=debug).");

    public static Option<bool> Insecure() =>
        Flag("--insecure", "Speak in the clear to other machines: for a closed network only.");

    public static Option<string> Scheduler() =>
        Value("--scheduler", "HOST[:PORT],…", "The scheduler; port 8765 unless said. Several: the first that answers. Default: the one that answers a broadcast in the network.");

    public static Option<string> Network() => Value("--network", "NAME", "The farm's network name. Default: ICECREAM.");

    public static Option<string> StateDirectory() =>
        Value("--state-dir", "DIR", "Where blobs and what is remembered lie. Default: /var/cache/icecream for root, else $XDG_CACHE_HOME/icecream or ~/.cache/icecream; where that cannot be written /var/tmp/icecream-UID.");

    public static Option<string> DashboardListen() =>
        Value("--dashboard-listen", "HOST:PORT", "Where the dashboard answers browsers and Prometheus; beyond loopback by HTTPS to who has a read token, or with --insecure; off: nowhere. Default: 127.0.0.1:8766.");

    public static Option<string> Class() =>
        Value("--class", "CLASS", "How soon the jobs of this machine's users are wanted: interactive, ci (a quarter of that) or ahead (what others leave). Default: interactive.");

    public static Option<string> Socket() =>
        Value("--socket", "PATH", "The agent's socket. Default: $ICECREAM_SOCKET, else agent.socket in $XDG_RUNTIME_DIR/icecream, /run/user/UID/icecream, /tmp/icecream-UID or /run/icecream.");

    public static Option<string> Value(string name, string placeholder, string description) => new(name) { HelpName = placeholder, Description = description };

    /// <summary>Refuses a word that is empty, as of a variable that a script has not set: it names nothing.</summary>
    public static T NotEmpty<T>(this T argument)
        where T : Argument
    {
        argument.Validators.Add(result =>
        {
            if (result.Tokens.Any(static token => token.Value.Length == 0))
            {
                result.AddError($"{argument.Name}: '' is not allowed. Allowed: a word that is not empty.");
            }
        });
        return argument;
    }

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>Loads the settings of all layers for a command; warns on standard error about names that have no effect.</summary>
    public static Settings Settings(this ParseResult parsed) => HostConfiguration.Load(
        parsed, HostConfiguration.Variables(), warning => parsed.InvocationConfiguration.Error.WriteLine($"icehost: warning: {warning}"));

    /// <summary>Warns why something is not at its usual place.</summary>
    public static Place Warn(this ParseResult parsed, Place place)
    {
        parsed.Warn(place.Obstacle?.Detail ?? "");
        return place;
    }

    /// <summary>Prints a warning on standard error; nothing if it is empty.</summary>
    public static void Warn(this ParseResult parsed, string warning)
    {
        if (warning.Length > 0)
        {
            parsed.InvocationConfiguration.Error.WriteLine($"icehost: warning: {warning}.");
        }
    }
}
