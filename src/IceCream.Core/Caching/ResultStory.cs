using System.Collections.Immutable;
using IceCream.Digests;
using IceCream.FileSystem;
using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>The history of one cached result of a source, for people.</summary>
/// <param name="Kept">When it was stored.</param>
/// <param name="Worker">The worker that compiled it.</param>
/// <param name="Cost">How long that took.</param>
/// <param name="Command">The command in words.</param>
/// <param name="Directory">The working directory.</param>
/// <param name="Missed">The cause of the cache miss that led to it.</param>
/// <param name="CommandDiffers">How its command differs from the previous one; empty when it is the same, or there is no previous one.</param>
/// <param name="InputsDiffer">How the current files differ from its inputs; empty when they are the same, so that the result is valid now.</param>
internal sealed record ResultStory(
    DateTimeOffset Kept, string Worker, TimeSpan Cost, string Command, string Directory, string Missed,
    ImmutableArray<string> CommandDiffers, ImmutableArray<string> InputsDiffer)
{
    private const int MostDifferences = 20;

    /// <summary>The histories of a source's results, the latest first.</summary>
    /// <param name="results">The folder of results.</param>
    /// <param name="source">The source's path, or the end of one.</param>
    /// <param name="most">The most histories.</param>
    public static IReadOnlyList<ResultStory> Of(StoredResults results, string source, int most)
    {
        var digests = new FileDigests();
        var memory = new InputMemory(digests, new SourceReader(digests), TimeProvider.System);
        IReadOnlyList<(Digest Key, KnownCommand Command, KnownResult Result)> known = results.Of(source);
        var stories = new List<ResultStory>();
        foreach ((int index, (Digest key, KnownCommand command, KnownResult result)) in known.Take(most).Index())
        {
            KnownCommand? before = known.Skip(index + 1).Where(other => other.Key != key).Select(static other => other.Command).FirstOrDefault();
            stories.Add(new ResultStory(
                result.Kept, result.Worker, result.Cost, string.Join(' ', command.Words), command.Directory, result.Missed,
                before is null ? [] : [.. Differences(command, before).Take(MostDifferences)],
                results.InputsOf(result) is not { } inputs ? ["what it read is not in the store any more"]
                    : [.. new InputSet(inputs.Tree, WithoutFoldersOfTools(inputs.Lists), FileTree.Empty).Differences(memory.Begin()).Take(MostDifferences)]));
        }

        return stories;
    }

    /// <summary>
    /// Removes the listed folders: they are mostly the compiler's own, and what they must contain follows from the toolchain, which is not described
    /// here.
    /// </summary>
    private static LookupLists WithoutFoldersOfTools(LookupLists lists) => lists with { Listed = [] };

    /// <summary>The differences between two commands, in both directions.</summary>
    internal static IEnumerable<string> Differences(KnownCommand now, KnownCommand before)
    {
        if (now.Directory != before.Directory)
        {
            yield return $"typed in {now.Directory}, before in {before.Directory}";
        }

        if (now.Compiler != before.Compiler)
        {
            yield return $"compiled by {now.Compiler}, before by {before.Compiler}";
        }

        foreach (string word in now.Words.Except(before.Words))
        {
            yield return $"with {word}";
        }

        foreach (string word in before.Words.Except(now.Words))
        {
            yield return $"without {word}";
        }

        if (!now.Words.SequenceEqual(before.Words) && now.Words.Order(StringComparer.Ordinal).SequenceEqual(before.Words.Order(StringComparer.Ordinal)))
        {
            yield return "its words in another order";
        }

        foreach (string variable in now.Environment.Except(before.Environment))
        {
            yield return $"with the variable {variable}";
        }

        foreach (string variable in before.Environment.Except(now.Environment).Where(variable => now.Environment.All(other => other.Split('=')[0] != variable.Split('=')[0])))
        {
            yield return $"without the variable {variable}";
        }

        if (now.Umask != before.Umask)
        {
            yield return $"with another umask ({Convert.ToString(now.Umask, 8)}, before {Convert.ToString(before.Umask, 8)})";
        }

        if (now.IsTerminal != before.IsTerminal)
        {
            yield return now.IsTerminal ? "at a terminal" : "not at a terminal";
        }
    }
}
