using System.Collections.Immutable;

namespace IceCream.Preprocessing;

/// <summary>Finds out whether a macro that a condition calls tests for a file, directly or through further macros.</summary>
internal static class ProbeSearch
{
    private const int Deepest = 8;

    /// <summary>A called macro that does; null when there is none.</summary>
    /// <param name="called">The macros that conditions call.</param>
    /// <param name="probing">The macros that test for a file.</param>
    /// <param name="definitionsOf">All definitions of a name.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static string? Find(
        IEnumerable<string> called, HashSet<string> probing, Func<string, ImmutableArray<MacroDefinition>> definitionsOf, CancellationToken cancellationToken)
    {
        // Breadth first and each name once, because chains of macros have more paths than there is time for. Each name is kept with the macro that the
        // condition calls.
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
