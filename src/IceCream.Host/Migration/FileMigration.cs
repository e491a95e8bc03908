using System.Globalization;
using IceCream.Host.Configuration;

namespace IceCream.Host.Migration;

/// <summary>Translates an icecream configuration file into ours line by line; every line that has no equal leaves a remark.</summary>
internal static class FileMigration
{
    /// <summary>Folders that icecream itself fills and empties; our state must not be in them.</summary>
    private static readonly string[] FormerFolders = ["/var/cache/icecc", "/var/cache/icecream", "/var/tmp/icecc-envs"];

    /// <summary>Returns the lines of our file.</summary>
    /// <param name="file">The name of icecream's file, for the remarks.</param>
    /// <param name="text">Its content.</param>
    public static IEnumerable<string> Translate(string file, string text)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            foreach (string translated in TranslateLine(file, i + 1, lines[i]))
            {
                yield return translated;
            }
        }
    }

    private static IEnumerable<string> TranslateLine(string file, int number, string text)
    {
        ConfigurationLine? read;
        string refusal = "";
        try
        {
            read = ConfigurationLines.ReadLine(file, number, text);
        }
        catch (ConfigurationException e)
        {
            (read, refusal) = (null, e.Message);
        }

        if (refusal.Length > 0)
        {
            return [$"# {refusal} The line was: {text.Trim()}"];
        }

        if (read is not { } line)
        {
            return [];
        }

        string where = $"# {file}:{number}: {line.Key}";
        if (FormerNames.Find(FormerPlace.File, line.Key) is not { } former)
        {
            return Setting.Names.ContainsKey(line.Key) ? [Assign(line.Key, line.Value)] : [$"{where}={line.Value}: no setting of this name is known."];
        }

        if (line.Value.Length == 0)
        {
            return [$"{where} is empty, and so says nothing."];
        }

        return (former.Equal, line.Value) switch
        {
            ("", _) => [$"{where}={line.Value} has no equal: {former.Remark}."],
            ("ICECREAM_SLOTS", "0") => [$"{where}=0: no job of others is taken.", "ICECREAM_WORKER=no"],
            ("ICECREAM_CACHE_LIMIT", _) when long.TryParse(line.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) && limit < Settings.LeastStore >> 20 =>
                [$"{where}={line.Value} is left out: no daemon starts with less than {Settings.LeastStore >> 20}. It {former.Remark}."],
            ("ICECREAM_STATE_DIR", _) when FormerFolders.Contains(line.Value.TrimEnd('/'), StringComparer.Ordinal) =>
                [$"{where}={line.Value} is left out: {former.Remark}."],
            _ => former.Remark.Length > 0
                ? [$"{where}: {former.Remark}.", Assign(former.Equal, line.Value)]
                : [Assign(former.Equal, line.Value)],
        };
    }

    /// <summary>In single quotes, only the quote itself needs an escape.</summary>
    private static string Assign(string name, string value) =>
        value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '-' or '_' or '/' or '[' or ']')
            ? $"{name}={value}"
            : $"{name}='{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
