namespace IceCream.Toolchains;

/// <summary>
/// The query that reveals most about a compiler, and the parsing of its answer: macros on standard output, the rest, from <c>-v</c>, on standard
/// error.
/// </summary>
internal static class CompilerReport
{
    /// <summary>The arguments of the query.</summary>
    /// <param name="language">The language as <c>-x</c> names it: each has its own compiler proper.</param>
    public static string[] Question(string language) => ["-v", "-E", "-dM", "-x", language, "/dev/null"];

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

    /// <summary>The paths of the drivers that were run. For a wrapper they differ from the wrapper's path.</summary>
    public static IEnumerable<string> Drivers(string report) => Labelled(report, "COLLECT_GCC=")
        .Concat(report.Split('\n').Where(static line => line.StartsWith(" \"", StringComparison.Ordinal) && line.Contains("\" -cc1 ", StringComparison.Ordinal))
            .Select(static line => line.Split('"')[1]));

    /// <summary>The texts after a label at the start of a line, for each occurrence.</summary>
    public static IEnumerable<string> Labelled(string report, string label) =>
        report.Split('\n').Where(line => line.StartsWith(label, StringComparison.Ordinal)).Select(line => line[label.Length..].Trim());
}
