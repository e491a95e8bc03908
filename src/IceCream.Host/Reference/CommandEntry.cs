using System.Collections.Immutable;
using System.CommandLine;

namespace IceCream.Host.Reference;

/// <summary>An option as the documentation shows it.</summary>
/// <param name="Name">The name with its dashes.</param>
/// <param name="Value">The placeholder of its value; empty if it takes none.</param>
/// <param name="Description">What it does.</param>
internal sealed record OptionEntry(string Name, string Value, string Description)
{
    /// <summary>Whether its value is the path of a file or folder.</summary>
    public bool IsPath => Value is "PATH" or "DIR" or "FILE";
}

/// <summary>A command as the manual page and the completions show it, taken from the same definitions as the help.</summary>
/// <param name="Words">The words that call it after the program's name; empty for the program itself.</param>
/// <param name="Arguments">The names of its arguments.</param>
/// <param name="Description">What it does.</param>
/// <param name="Options">Its options in the order of the help.</param>
internal sealed record CommandEntry(ImmutableArray<string> Words, ImmutableArray<string> Arguments, string Description, ImmutableArray<OptionEntry> Options)
{
    public string Path => string.Join(' ', Words);

    /// <summary>A command and all its subcommands, itself first; hidden ones are left out.</summary>
    public static IEnumerable<CommandEntry> AllOf(Command command) => AllOf(command, []);

    private static IEnumerable<CommandEntry> AllOf(Command command, ImmutableArray<string> words)
    {
        yield return new CommandEntry(
            words,
            [.. command.Arguments.Where(static argument => !argument.Hidden).Select(static argument => argument.Name)],
            command.Description ?? "",
            [.. command.Options.Where(static option => !option.Hidden).Select(Describe)]);
        foreach (Command below in command.Subcommands.Where(static below => !below.Hidden))
        {
            foreach (CommandEntry entry in AllOf(below, words.Add(below.Name)))
            {
                yield return entry;
            }
        }
    }

    private static OptionEntry Describe(Option option) => new(
        option.Name, option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0 ? "" : option.HelpName ?? "VALUE", option.Description ?? "");
}
