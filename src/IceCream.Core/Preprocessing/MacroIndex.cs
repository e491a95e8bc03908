using System.Collections.Immutable;
using System.Text;

namespace IceCream.Preprocessing;

/// <summary>
/// Finds which sources define a macro. Each source is searched once for a name, and only for names that computed includes depend on.
/// Thread-safe.
/// </summary>
internal sealed class MacroIndex
{
    private const long MostBytes = 64 << 20;

    private readonly Lock _guard = new();
    private readonly HashSet<SourceDirectives> _known = new(ReferenceEqualityComparer.Instance);
    private readonly List<SourceDirectives> _sources = [];
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _size;

    /// <summary>Whether the index is so large that a new one should replace it. Its current users may keep using it.</summary>
    public bool IsFull => Volatile.Read(ref _size) > MostBytes;

    /// <summary>All definitions of a macro in the given sources, each once. Definitions with the same text are the same object.</summary>
    public ImmutableArray<MacroDefinition> DefinitionsOf(string name, IReadOnlySet<SourceDirectives> sources)
    {
        lock (_guard)
        {
            if (!_entries.TryGetValue(name, out Entry? entry))
            {
                _entries[name] = entry = new Entry(Encoding.UTF8.GetBytes(name));
            }

            for (; entry.Seen < _sources.Count; entry.Seen++)
            {
                entry.Look(_sources[entry.Seen]);
            }

            return entry.In(sources);
        }
    }

    /// <summary>Adds sources. Must be called before their macros are looked up.</summary>
    public void Add(IReadOnlySet<SourceDirectives> sources)
    {
        lock (_guard)
        {
            foreach (SourceDirectives source in sources)
            {
                if (_known.Add(source))
                {
                    _sources.Add(source);
                    _size += source.Footprint;
                }
            }
        }
    }

    private sealed class Entry(byte[] name)
    {
        private readonly uint _hash = MacroDefinitions.Hash(name);
        private readonly Dictionary<string, MacroDefinition?> _parsed = new(StringComparer.Ordinal);
        private readonly List<(SourceDirectives Source, MacroDefinition Definition)> _found = [];

        public int Seen { get; set; }

        public void Look(SourceDirectives source)
        {
            var texts = new HashSet<string>(StringComparer.Ordinal);
            source.Definitions.Find(name, _hash, texts);
            foreach (string text in texts)
            {
                if (!_parsed.TryGetValue(text, out MacroDefinition? definition))
                {
                    _parsed[text] = definition = MacroDefinition.Parse(text);
                }

                if (definition is not null)
                {
                    _found.Add((source, definition));
                }
            }
        }

        public ImmutableArray<MacroDefinition> In(IReadOnlySet<SourceDirectives> sources)
        {
            if (_found.Count == 0)
            {
                return [];
            }

            var definitions = ImmutableArray.CreateBuilder<MacroDefinition>();
            var added = new HashSet<MacroDefinition>(ReferenceEqualityComparer.Instance);
            foreach ((SourceDirectives source, MacroDefinition definition) in _found)
            {
                if (sources.Contains(source) && added.Add(definition))
                {
                    definitions.Add(definition);
                }
            }

            return definitions.ToImmutable();
        }
    }
}
