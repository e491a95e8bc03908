using System.Diagnostics.CodeAnalysis;

namespace IceCream.Execution;

/// <summary>
/// A cache with keys that remote peers choose. Beyond a limit the least recently used values are dropped, but none that is held: held values may
/// exceed the limit, as far as concurrent jobs need them. Safe for use by several threads.
/// </summary>
/// <param name="limit">The maximum total weight of values that are kept.</param>
/// <param name="weigh">The weight of a value.</param>
internal sealed class RecentlyUsed<TKey, TValue>(long limit, Func<TValue, long> weigh)
    where TKey : notnull
    where TValue : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Entry> _entries = [];

    /// <summary>The entries that are not held, the least recently used first.</summary>
    private readonly LinkedList<Entry> _idle = new();
    private long _weight;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Holds the value of a key, if there is one. The caller must dispose the holding.</summary>
    public bool TryHold(TKey key, [NotNullWhen(true)] out Holding? holding)
    {
        lock (_lock)
        {
            holding = _entries.TryGetValue(key, out Entry? entry) ? Hold(entry) : null;
            return holding is not null;
        }
    }

    /// <summary>Holds the value of a key, or adds the given one. The caller must dispose the holding.</summary>
    public Holding Hold(TKey key, TValue value)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out Entry? entry))
            {
                return Hold(entry);
            }

            entry = new Entry(key, value, weigh(value));
            _entries.Add(key, entry);
            _weight += entry.Weight;
            Holding holding = Hold(entry);
            Forget();
            return holding;
        }
    }

    /// <summary>The value of a key; null when there is none.</summary>
    public TValue? Find(TKey key)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault(key)?.Value;
        }
    }

    /// <summary>The current values, in no particular order.</summary>
    public IReadOnlyList<TValue> Values()
    {
        lock (_lock)
        {
            return [.. _entries.Values.Select(static entry => entry.Value)];
        }
    }

    private Holding Hold(Entry entry)
    {
        if (entry.Holders++ == 0 && entry.Place.List is not null)
        {
            _idle.Remove(entry.Place);
        }

        return new Holding(this, entry);
    }

    private void Return(Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Holders == 0)
            {
                _idle.AddLast(entry.Place);
                Forget();
            }
        }
    }

    private void Forget()
    {
        while (_weight > limit && _idle.First is { } oldest)
        {
            _idle.Remove(oldest);
            _entries.Remove(oldest.Value.Key);
            _weight -= oldest.Value.Weight;
        }
    }

    /// <summary>A value in use. Disposing it, once or several times, releases it.</summary>
    public sealed class Holding : IDisposable
    {
        private readonly Entry _entry;
        private RecentlyUsed<TKey, TValue>? _owner;

        internal Holding(RecentlyUsed<TKey, TValue> owner, Entry entry) => (_owner, _entry) = (owner, entry);

        public TValue Value => _entry.Value;

        /// <inheritdoc/>
        public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Return(_entry);
    }

    internal sealed class Entry
    {
        public Entry(TKey key, TValue value, long weight)
        {
            (Key, Value, Weight) = (key, value, weight);
            Place = new LinkedListNode<Entry>(this);
        }

        public TKey Key { get; }

        public TValue Value { get; }

        public long Weight { get; }

        public LinkedListNode<Entry> Place { get; }

        public int Holders { get; set; }
    }
}
