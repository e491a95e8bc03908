using System.Globalization;

namespace IceCream.Simulation;

/// <summary>A compile of a real build, as it was measured alone on an idle machine.</summary>
/// <param name="Project">Of which project.</param>
/// <param name="Seconds">Its time on a processor, in seconds.</param>
/// <param name="Bytes">What it read: its source and headers, in bytes.</param>
internal sealed record RecordedCompile(string Project, double Seconds, long Bytes)
{
    /// <summary>Compiles of Abseil and {fmt} (Debian 12's sources, GCC 12, Release, one at a time), from <c>Recorded.tsv</c>.</summary>
    public static RecordedCompile[] All()
    {
        using Stream stream = typeof(RecordedCompile).Assembly.GetManifestResourceStream("Recorded.tsv")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split('\t'))
            .Select(static words => new RecordedCompile(words[0], double.Parse(words[1], CultureInfo.InvariantCulture), long.Parse(words[2], CultureInfo.InvariantCulture)))];
    }
}
