namespace IceCream.Toolchains;

/// <summary>Reads what a compiler prints with <c>-v</c>.</summary>
internal static class CompilerReport
{
    /// <summary>The folders of the include search list, in order.</summary>
    public static IEnumerable<string> SearchFolders(string report)
    {
        bool inside = false;
        foreach (string line in report.Split('\n'))
        {
            if (line.StartsWith("#include ", StringComparison.Ordinal))
            {
                inside = true;
            }
            else if (line.StartsWith("End of search list", StringComparison.Ordinal))
            {
                inside = false;
            }
            else if (inside && line.StartsWith(' '))
            {
                yield return line.Trim();
            }
        }
    }

    /// <summary>What follows a label at the start of a line, each time it appears.</summary>
    public static IEnumerable<string> Labelled(string report, string label) =>
        report.Split('\n').Where(line => line.StartsWith(label, StringComparison.Ordinal)).Select(line => line[label.Length..].Trim());
}
