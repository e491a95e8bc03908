using System.Globalization;

namespace IceCream.Benchmarks.Farm;

/// <summary>The table of builds: a row as soon as one has ended, and what failed at the end.</summary>
/// <param name="output">Where it is printed.</param>
/// <param name="reference">Whose objects the others are compared with.</param>
internal sealed class FarmTable(TextWriter output, string reference)
{
    private readonly List<string> _complaints = [];

    /// <summary>The objects that others are compared with; null until they are known.</summary>
    public IReadOnlyList<string?>? Expected { get; set; }

    public void Begin()
    {
        output.WriteLine($"| system | round | pass | wall s | client CPU s | client CPU ms per file | worker CPU s | failures | remote | identical to {reference} |");
        output.WriteLine("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|");
    }

    public void Skip(string system, int round, string missing) => output.WriteLine($"| {system} | {round} | skipped: no '{missing}' | | | | | | | |");

    public void Write(string system, int round, PassOutcome pass)
    {
        BuildOutcome outcome = pass.Build;
        int files = outcome.Objects.Count;
        string identical = Expected is null ? "–" : $"{outcome.Objects.Zip(Expected).Count(static pair => pair.First is not null && pair.First == pair.Second)} of {files}";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            | {system} | {round} | {pass.Name} | {outcome.Wall.TotalSeconds:0.0} | {outcome.ClientCpu.TotalSeconds:0.00} | {outcome.ClientCpu.TotalMilliseconds / files:0.0} | {outcome.WorkerCpu.TotalSeconds:0.0} | {outcome.Failures} | {100.0 * pass.Remote / files:0} % | {identical} |
            """));
        output.Flush();
        if (outcome.Complaint.Length > 0)
        {
            _complaints.Add($"{system}, round {round}, {pass.Name}:\n{outcome.Complaint}");
        }
    }

    /// <returns>Whether every compile succeeded.</returns>
    public bool End()
    {
        _complaints.ForEach(complaint => output.WriteLine($"\n{complaint}"));
        return _complaints.Count == 0;
    }
}
