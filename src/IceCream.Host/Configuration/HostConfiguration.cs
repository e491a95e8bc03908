using System.CommandLine;
using Microsoft.Extensions.Configuration;

namespace IceCream.Host.Configuration;

/// <summary>
/// Loads the layers, weakest first: <c>/etc/icecream/icecream.conf</c> (or the file that <c>ICECREAM_CONFIG</c> names instead),
/// <c>$XDG_CONFIG_HOME/icecream/icecream.conf</c>, the environment, the options of the command line.
/// </summary>
internal static class HostConfiguration
{
    private const string SystemFile = "/etc/icecream/icecream.conf";

    /// <summary>Loads the settings of a command.</summary>
    /// <param name="parsed">The command line: each option is a value under its own name without the dashes.</param>
    /// <param name="variables">The environment.</param>
    /// <param name="warn">Called for each name in a file that has no effect.</param>
    /// <exception cref="ConfigurationException">A file cannot be read or holds a malformed line.</exception>
    public static Settings Load(ParseResult parsed, IReadOnlyDictionary<string, string> variables, Action<string> warn)
    {
        var files = new List<string>();
        if (Find(variables, "ICECREAM_CONFIG") is { } named)
        {
            if (!File.Exists(named))
            {
                throw new ConfigurationException($"ICECREAM_CONFIG: {named} does not exist. Allowed: the path of a configuration file.");
            }

            files.Add(named);
        }
        else
        {
            files.Add(SystemFile);
        }

        // A relative path would name another file in every folder that a build enters.
        string? home = Find(variables, "XDG_CONFIG_HOME") is ['/', ..] and var config ? config : Find(variables, "HOME") is ['/', ..] and var folder ? Path.Combine(folder, ".config") : null;
        if (home is not null)
        {
            files.Add(Path.Combine(home, "icecream/icecream.conf"));
        }

        var builder = new ConfigurationBuilder();
        foreach (string file in files.Where(File.Exists))
        {
            builder.Add(new NamedSource(Layer.File, OfFile(file, ReadText(file), warn)));
        }

        // Unknown names in the environment cause no warning: a shell may export them for icecream's own client.
        builder.Add(new NamedSource(Layer.Environment, variables
            .Where(static variable => Setting.Names.ContainsKey(variable.Key) && variable.Value.Length > 0)
            .OrderBy(static variable => variable.Key.StartsWith("ICECREAM_", StringComparison.Ordinal))
            .Select(static variable => (Setting.Names[variable.Key], variable.Value, variable.Key))));
        builder.Add(new NamedSource(Layer.Option, OfOptions(parsed)));
        return new Settings(builder.Build(), [.. files]);
    }

    public static IReadOnlyDictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return variables;
    }

    private static IEnumerable<(string Setting, string Value, string Origin)> OfFile(string file, string text, Action<string> warn)
    {
        var warned = new HashSet<string>(StringComparer.Ordinal);
        foreach (ConfigurationLine line in ConfigurationLines.Read(file, text))
        {
            if (Setting.Names.TryGetValue(line.Key, out string? setting))
            {
                // An empty value counts as unset, as in the files that icecream's packages install.
                if (line.Value.Length > 0)
                {
                    yield return (setting, line.Value, $"{file}:{line.Line}: {line.Key}");
                }
            }
            else if (warned.Add(line.Key))
            {
                warn($"{file}:{line.Line}: {line.Key} has no effect: {FormerNames.Find(FormerPlace.File, line.Key)?.Remark ?? "no setting of this name is known"}.");
            }
        }
    }

    private static IEnumerable<(string Setting, string Value, string Origin)> OfOptions(ParseResult parsed)
    {
        foreach (Option option in parsed.CommandResult.Command.Options)
        {
            if (parsed.GetResult(option) is not { Implicit: false } result)
            {
                continue;
            }

            string name = option.Name.TrimStart('-');
            (string setting, string value) = option switch
            {
                // A flag may be followed by its value: --insecure=false must not open a door.
                Option<bool> off when name is "no-worker" or "no-agent" or "no-huge-pages" => (name[3..], parsed.GetValue(off) ? "no" : "yes"),
                Option<bool> flag => (name, parsed.GetValue(flag) ? "yes" : "no"),
                _ => (name, result.Tokens.Count > 0 ? result.Tokens[^1].Value : ""),
            };
            if (result.Tokens.Any(static token => token.Value.Length == 0))
            {
                throw new ConfigurationException($"{option.Name}: '' is not allowed. Allowed: a value, or no {option.Name} at all.");
            }

            yield return (setting, value, option.Name);
        }
    }

    private static string ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{file} cannot be read: {e.Message}");
        }
    }

    private static string? Find(IReadOnlyDictionary<string, string> variables, string name) =>
        variables.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}
