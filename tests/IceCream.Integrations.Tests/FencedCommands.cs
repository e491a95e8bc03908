namespace IceCream.Integrations.Tests;

/// <summary>The commands of a page, as its readers copy them: the lines between fences that name no other language.</summary>
/// <param name="Page">The page, from the repository's root.</param>
/// <param name="Lines">The lines, without the remarks behind them.</param>
internal sealed record FencedCommands(string Page, IReadOnlyList<string> Lines)
{
    private const string Fence = "```";

    /// <summary>The first line names a block: it is what a reader looks for.</summary>
    public string First => Lines[0];

    /// <summary>As a script.</summary>
    public string Script => string.Join('\n', Lines);

    /// <summary>Every block of a page.</summary>
    public static IEnumerable<FencedCommands> Of(string page)
    {
        List<string>? block = null;
        bool isOther = false;
        foreach (string line in File.ReadLines(Path.Combine(Programs.Root, page)))
        {
            if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                if (block is { Count: > 0 } && !isOther)
                {
                    yield return new FencedCommands(page, block);
                }

                isOther = block is null && line is not (Fence or Fence + "sh");
                block = block is null ? [] : null;
            }
            else
            {
                block?.Add(line.Split("  #")[0].TrimEnd());
            }
        }
    }
}
