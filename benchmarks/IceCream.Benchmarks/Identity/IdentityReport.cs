using System.Globalization;

namespace IceCream.Benchmarks.Identity;

/// <summary>The rows as a table, what lies behind them, and the sum.</summary>
internal static class IdentityReport
{
    private const int MostNames = 40;

    public static void Begin(TextWriter output)
    {
        output.WriteLine("| corpus | variant | files | remote | here | manifest | scanner | compiler -M | do not compile here | outputs that differ |");
        output.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    }

    public static void Write(TextWriter output, IdentityRow row) => output.WriteLine(
        $"| {row.Corpus} | {row.Variant} | {row.Files} | {row.Agent.Remote} | {row.Agent.Local + row.Agent.Failed} | {row.Agent.ByManifest} | {row.Agent.ByScanner} "
        + $"| {row.Agent.ByCompiler} | {row.Failures.Count} | {row.Different.Count} |");

    public static void End(TextWriter output, IReadOnlyList<IdentityRow> rows)
    {
        foreach (IdentityRow row in rows)
        {
            string name = $"{row.Corpus} {row.Variant}";
            List(output, $"{name}: differ", row.Different);
            List(output, $"{name}: differ, but from one compile here to the next as well", row.Fickle);
            List(output, $"{name}: do not compile here", row.Failures);
            List(output, $"{name}: done here", [.. row.Agent.Reasons.Select(static reason => $"{reason.Value} × {reason.Key}")]);
            List(output, $"{name}: done here, by file", [.. row.Agent.Stays.Select(static job => $"{job.Subject}: {job.Reason}")]);
            List(output, $"{name}: left to the compiler's -M", [.. row.Agent.Doubts.Select(static doubt => $"{doubt.Value} × {doubt.Key}")]);
        }

        long files = rows.Sum(static row => row.Files), remote = rows.Sum(static row => row.Agent.Remote);
        long below = rows.Sum(static row => row.Agent.ByCompiler + row.Agent.Local + row.Agent.Failed);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""

            {files} compiles: {rows.Sum(static row => row.Different.Count)} outputs differ (goal: 0), {Share(remote)} % remote (goal: at least 90 %), {Share(below)} % below the scanner (goal: under 2 %).
            """));

        string Share(long part) => (files == 0 ? 0 : 100.0 * part / files).ToString("0.00", CultureInfo.InvariantCulture);
    }

    private static void List(TextWriter output, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count > 0)
        {
            output.WriteLine($"\n{title}:");
            foreach (string line in lines.Take(MostNames))
            {
                output.WriteLine($"- {line}");
            }

            if (lines.Count > MostNames)
            {
                output.WriteLine($"- and {lines.Count - MostNames} more");
            }
        }
    }
}
