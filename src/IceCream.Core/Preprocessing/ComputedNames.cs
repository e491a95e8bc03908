using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace IceCream.Preprocessing;

/// <summary>
/// Caches the expansions of computed includes. An expansion is valid wherever the macros that it met have the same definitions, so most
/// expressions are expanded once for a whole project. Thread-safe.
/// </summary>
internal sealed class ComputedNames
{
    private const int MostExpressions = 4096;
    private const int MostVariants = 16;

    /// <summary>The most characters of expansions that are kept.</summary>
    private const long MostText = 32 << 20;

    private readonly ConcurrentDictionary<string, ImmutableArray<Variant>> _known = new(StringComparer.Ordinal);
    private long _kept;

    /// <summary>All expansions of an expression, or the reason why there are too many to know; and what it cost, as <see cref="MacroExpander.Effort"/>.</summary>
    public (IReadOnlyCollection<string> Texts, string? Doubt, int Effort) Expand(string expression, Func<string, ImmutableArray<MacroDefinition>> definitionsOf)
    {
        ImmutableArray<Variant> variants = _known.GetValueOrDefault(expression, []);
        int looked = 1;
        foreach (Variant variant in variants)
        {
            looked += variant.Met.Length;
            if (variant.Holds(definitionsOf))
            {
                return (variant.Texts, variant.Doubt, looked);
            }
        }

        var met = new Dictionary<string, ImmutableArray<MacroDefinition>>(StringComparer.Ordinal);
        var expander = new MacroExpander(name =>
        {
            if (!met.TryGetValue(name, out ImmutableArray<MacroDefinition> definitions))
            {
                met[name] = definitions = definitionsOf(name);
            }

            return definitions;
        });
        (HashSet<string> texts, string? doubt) = expander.Expand(expression);
        long length = expression.Length + texts.Sum(static text => (long)text.Length);
        if (_known.Count >= MostExpressions || Interlocked.Add(ref _kept, length) > MostText)
        {
            _known.Clear();
            Volatile.Write(ref _kept, length);
        }

        _known[expression] = [new Variant([.. met], texts, doubt), .. variants.Take(MostVariants - 1)];
        return (texts, doubt, looked + expander.Effort);
    }

    private sealed record Variant(ImmutableArray<KeyValuePair<string, ImmutableArray<MacroDefinition>>> Met, IReadOnlyCollection<string> Texts, string? Doubt)
    {
        public bool Holds(Func<string, ImmutableArray<MacroDefinition>> definitionsOf) => Met.All(met =>
        {
            ImmutableArray<MacroDefinition> now = definitionsOf(met.Key);
            return now.AsSpan().SequenceEqual(met.Value.AsSpan(), ReferenceEqualityComparer.Instance);
        });
    }
}
