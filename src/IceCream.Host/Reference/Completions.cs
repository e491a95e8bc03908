using System.Globalization;
using System.Text;

namespace IceCream.Host.Reference;

/// <summary>Generates shell scripts that complete the program's commands and options.</summary>
internal static class Completions
{
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish"];

    /// <summary>Generates the script for a shell.</summary>
    /// <param name="shell">One of <see cref="Shells"/>.</param>
    /// <param name="program">The program's name.</param>
    /// <param name="commands">The program itself, then its commands.</param>
    public static string Write(string shell, string program, IReadOnlyList<CommandEntry> commands) => shell switch
    {
        "bash" => Bash(program, commands),
        "zsh" => $"#compdef {program}\nautoload -U +X bashcompinit && bashcompinit\n{Bash(program, commands)}",
        "fish" => Fish(program, commands),
        _ => throw new ArgumentOutOfRangeException(nameof(shell), shell, $"One of {string.Join(", ", Shells)}."),
    };

    private static string Bash(string program, IReadOnlyList<CommandEntry> commands)
    {
        var script = new StringBuilder();
        script.Append(CultureInfo.InvariantCulture, $$"""
            _{{program}}() {
              local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= i
              for ((i = 1; i < COMP_CWORD; i++)); do
                case ${COMP_WORDS[i]} in
                  --) return ;;
                  -*) continue ;;
                esac
                case "${path:+$path }${COMP_WORDS[i]}" in
                  {{string.Join(" | ", commands.Skip(1).Select(static command => $"'{command.Path}'"))}}) path="${path:+$path }${COMP_WORDS[i]}" ;;
                esac
              done
              case $before in
                {{Alternatives(commands, static option => option.IsPath)}}) COMPREPLY=($(compgen -f -- "$word")); return ;;
                {{Alternatives(commands, static option => option.Value.Length > 0 && !option.IsPath)}}) return ;;
              esac
              case $path in

            """);
        foreach (CommandEntry command in commands)
        {
            var words = Below(command, commands).Select(static below => below.Words[^1]).Concat(command.Options.Select(static option => option.Name));
            script.Append(CultureInfo.InvariantCulture, $"    '{command.Path}') COMPREPLY=($(compgen -W '{string.Join(' ', words)}' -- \"$word\")) ;;\n");
        }

        script.Append(CultureInfo.InvariantCulture, $"  esac\n}}\ncomplete -o default -F _{program} {program}\n");
        return script.ToString();
    }

    private static string Fish(string program, IReadOnlyList<CommandEntry> commands)
    {
        var script = new StringBuilder($"complete -c {program} -f\n");
        foreach (CommandEntry command in commands)
        {
            string seen = string.Join("; and ", command.Words.Select(static word => $"__fish_seen_subcommand_from {word}"));
            var below = Below(command, commands).ToList();
            string there = below.Count == 0 ? seen
                : command.Words.IsEmpty ? "__fish_use_subcommand"
                : $"{seen}; and not __fish_seen_subcommand_from {string.Join(' ', below.Select(static next => next.Words[^1]))}";
            foreach (CommandEntry next in below)
            {
                script.Append(CultureInfo.InvariantCulture, $"complete -c {program} -n '{there}' -a {next.Words[^1]} -d {Quoted(next.Description)}\n");
            }

            foreach (OptionEntry option in command.Options)
            {
                string value = option.Value.Length == 0 ? "" : option.IsPath ? " -r -F" : " -x";
                script.Append(CultureInfo.InvariantCulture, $"complete -c {program} -n '{there}' -l {option.Name.TrimStart('-')}{value} -d {Quoted(option.Description)}\n");
            }
        }

        return script.ToString();
    }

    private static IEnumerable<CommandEntry> Below(CommandEntry command, IReadOnlyList<CommandEntry> commands) =>
        commands.Where(below => below.Words.Length == command.Words.Length + 1 && below.Words.Take(command.Words.Length).SequenceEqual(command.Words));

    private static string Alternatives(IReadOnlyList<CommandEntry> commands, Func<OptionEntry, bool> wanted)
    {
        string[] names = [.. commands.SelectMany(static command => command.Options).Where(wanted).Select(static option => option.Name).Distinct(StringComparer.Ordinal)];
        return names.Length > 0 ? string.Join(" | ", names) : "''";
    }

    /// <summary>In fish's single quotes, backslash and quote need an escape.</summary>
    private static string Quoted(string text) =>
        $"'{text.Split(". ")[0].TrimEnd('.').Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
