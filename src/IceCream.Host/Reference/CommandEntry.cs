using System.Collections.Immutable;
using System.CommandLine;

namespace IceCream.Host.Reference;

/// <summary>One option as users see it.</summary>
/// <param name="Name">With its dashes.</param>
/// <param name="Value">What stands for its value in texts; empty when it takes none.</param>
/// <param name="Description">What it does.</param>
internal sealed record OptionEntry(string Name, string Value, string Description)
{
    /// <summary>Whether its value is the name of a file or folder.</summary>
    public bool IsPath => Value is "PATH" or "DIR" or "FILE";
}

/// <summary>One command as users see it: what manual page and completions are made from, and the help too.</summary>
/// <param name="Words">The words that call it, without the program's: none for the program itself.</param>
/// <param name="Arguments">The names of what follows its options.</param>
/// <param name="Description">What it does.</param>
/// <param name="Options">In the order of the help.</param>
internal sealed record CommandEntry(ImmutableArray<string> Words, ImmutableArray<string> Arguments, string Description, ImmutableArray<OptionEntry> Options)
{
    /// <summary>The words with spaces between them.</summary>
    public string Path => string.Join(' ', Words);

    /// <summary>A command and all below it, itself first; those that are hidden are left out.</summary>
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
