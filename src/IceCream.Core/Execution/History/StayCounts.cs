using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Execution.History;

/// <summary>How many commands stayed for which reason: those of one flag are counted together, and all those about files. Not thread-safe.</summary>
internal sealed class StayCounts
{
    /// <summary>The most separate rows; beyond them only the class of the reason is counted.</summary>
    private const int MostRows = 160;

    private readonly Dictionary<(CommandPurpose Purpose, LocalOnlyKind Kind, string Flag), StayCount> _rows = [];

    /// <summary>Counts a command.</summary>
    /// <param name="purpose">The purpose of the command.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="sentence">The reason as a sentence.</param>
    public void Count(CommandPurpose purpose, LocalOnlyReason reason, string sentence)
    {
        var key = (purpose, reason.Kind, FlagOf(reason.Detail));
        if (!_rows.TryGetValue(key, out StayCount? row) && _rows.Count >= MostRows)
        {
            key.Item3 = "";
            row = _rows.GetValueOrDefault(key);
        }

        _rows[key] = new StayCount(purpose, reason.Kind, sentence, (row?.Count ?? 0) + 1);
    }

    public ImmutableArray<StayCount> Read() => [.. _rows.Values.OrderByDescending(static row => row.Count).ThenBy(static row => row.Reason, StringComparer.Ordinal)];

    /// <summary>The flag without its value; empty where the reason is not about a flag.</summary>
    private static string FlagOf(string detail) => detail.StartsWith('-') ? detail.Split('=', ' ')[0] : "";
}
