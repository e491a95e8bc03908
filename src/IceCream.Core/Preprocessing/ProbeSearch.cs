using System.Collections.Immutable;

namespace IceCream.Preprocessing;

/// <summary>Finds out whether macros that conditions call come to ask for a file, through macros that they call in turn.</summary>
internal static class ProbeSearch
{
    private const int Deepest = 8;

    /// <summary>A macro that does; null when there is none.</summary>
    /// <param name="called">The macros that conditions call.</param>
    /// <param name="probing">The macros that ask.</param>
    /// <param name="definitionsOf">All definitions of a name.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static string? Find(
        IEnumerable<string> called, HashSet<string> probing, Func<string, ImmutableArray<MacroDefinition>> definitionsOf, CancellationToken cancellationToken)
    {
        // Level by level and each name once, for macros that call macros that call macros come to more ways than there is time. Each is kept with
        // the one that a condition calls.
        Dictionary<string, string> met = called.Distinct(StringComparer.Ordinal).ToDictionary(static name => name, StringComparer.Ordinal);
        List<string> level = [.. met.Keys];
        for (int depth = 0; level.Count > 0; depth++)
        {
            var next = new List<string>();
            foreach (string name in level)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ImmutableArray<MacroDefinition> definitions = depth < Deepest ? definitionsOf(name) : [];
                if (probing.Contains(name) || definitions.Any(static definition => definition.IsOmitted))
                {
                    return met[name];
                }

                next.AddRange(definitions.SelectMany(static definition => definition.Body).Where(static token => token.IsName)
                    .Select(static token => token.Text).Where(found => met.TryAdd(found, met[name])));
            }

            level = next;
        }

        return null;
    }
}
