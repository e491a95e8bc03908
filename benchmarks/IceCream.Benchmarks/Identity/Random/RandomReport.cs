using System.Globalization;

namespace IceCream.Benchmarks.Identity.Random;

/// <summary>Adds up what became of the cases. A case counts in the row of each construct that it was made of.</summary>
internal sealed class RandomReport
{
    private const int MostReasons = 25;

    private readonly Dictionary<string, Row> _rows = [];
    private readonly Dictionary<string, int> _reasons = [];
    private readonly Row _all = new();

    private int _broken;

    /// <summary>Nothing differs, every script worked, and something was done by workers.</summary>
    public bool IsGood => _all.Different == 0 && _broken == 0 && _all.Remote > 0;

    public void Add(Case @case, CaseRun run)
    {
        foreach (Row row in (IEnumerable<Row>)[_all, .. @case.Kinds.Select(RowOf)])
        {
            row.Pairs += @case.Pairs;
            row.Different += run.IsDifferent ? 1 : 0;
            row.Remote += run.Remote;
            row.Here += run.Reasons.Count;
            row.Fickle += run.Fickle;
        }

        _broken += run.Trouble.Length > 0 ? 1 : 0;
        foreach (string reason in run.Reasons)
        {
            string said = reason.IndexOf("runs here: ", StringComparison.Ordinal) is > 0 and int place ? reason[(place + 11)..] : reason;
            said = said.Length > 70 ? said[..70] : said;
            _reasons[said] = _reasons.GetValueOrDefault(said) + 1;
        }
    }

    public void Write(TextWriter output, TimeSpan took)
    {
        output.WriteLine("\n| construct | pairs | cases that differ | fickle | remote |\n|---|---:|---:|---:|---:|");
        foreach ((string kind, Row row) in _rows.OrderBy(static row => row.Key, StringComparer.Ordinal).Append(KeyValuePair.Create("all", _all)))
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {kind} | {row.Pairs} | {row.Different} | {row.Fickle} | {100.0 * row.Remote / Math.Max(1, row.Remote + row.Here):0.0} % |"));
        }

        output.WriteLine("\nDone here:");
        foreach ((string reason, int count) in _reasons.OrderByDescending(static reason => reason.Value).Take(MostReasons))
        {
            output.WriteLine($"- {count} × {reason}");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{_all.Pairs} pairs in {took.TotalSeconds:0} s: {_all.Different} cases differ (goal: 0), {_broken} do not work."));
    }

    private Row RowOf(string kind) => _rows.TryGetValue(kind, out Row? row) ? row : _rows[kind] = new Row();

    private sealed class Row
    {
        public int Pairs { get; set; }

        public int Different { get; set; }

        public int Fickle { get; set; }

        public int Remote { get; set; }

        public int Here { get; set; }
    }
}
