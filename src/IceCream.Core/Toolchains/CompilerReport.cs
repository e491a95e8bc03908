namespace IceCream.Toolchains;

/// <summary>The one question that tells most of a compiler, and what it prints in answer: macros as output, the rest, by <c>-v</c>, as errors.</summary>
internal static class CompilerReport
{
    /// <summary>The arguments that ask for it.</summary>
    /// <param name="language">As <c>-x</c> names it: each has a compiler proper of its own.</param>
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

    /// <summary>The paths of the drivers that took part, as they were started: of a wrapper it is not its own.</summary>
    public static IEnumerable<string> Drivers(string report) => Labelled(report, "COLLECT_GCC=")
        .Concat(report.Split('\n').Where(static line => line.StartsWith(" \"", StringComparison.Ordinal) && line.Contains("\" -cc1 ", StringComparison.Ordinal))
            .Select(static line => line.Split('"')[1]));

    /// <summary>What follows a label at the start of a line, each time it appears.</summary>
    public static IEnumerable<string> Labelled(string report, string label) =>
        report.Split('\n').Where(line => line.StartsWith(label, StringComparison.Ordinal)).Select(line => line[label.Length..].Trim());
}
