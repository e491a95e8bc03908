using System.Runtime.CompilerServices;
using System.Threading.Channels;
using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>The events that wait for one subscriber of a <see cref="JobEventStream"/>. One reader at a time.</summary>
internal sealed class JobEventSubscription : IDisposable
{
    private readonly JobEventStream _stream;
    private readonly int _backlog;
    private readonly Queue<JobEvent> _waiting = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private long _lost;
    private int _unheard;

    internal JobEventSubscription(JobEventStream stream, int backlog)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(backlog, 1);
        (_stream, _backlog) = (stream, backlog);
    }

    /// <summary>Waits for events, and takes them.</summary>
    /// <param name="most">The most events to take; after a loss all jobs under way are taken, however many there are.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>One event or more, the oldest first.</returns>
    public async ValueTask<IReadOnlyList<JobEvent>> ReadAsync(int most = int.MaxValue, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (Take(most) is { Count: > 0 } taken)
            {
                return taken;
            }

            await _signal.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the events that wait now, perhaps none.</summary>
    public IReadOnlyList<JobEvent> Take(int most = int.MaxValue) => _stream.Take(this, most);

    /// <summary>All events, one after the other, until cancelled.</summary>
    public async IAsyncEnumerable<JobEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            foreach (JobEvent happened in await ReadAsync(int.MaxValue, cancellationToken).ConfigureAwait(false))
            {
                yield return happened;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Remove(this);

    /// <summary>Adds an event about the state at the subscription. Called with the stream's lock held, as are all methods below.</summary>
    internal void Greet(JobEvent state)
    {
        _waiting.Enqueue(state);
        _signal.Writer.TryWrite(true);
    }

    internal void Add(JobEvent happened)
    {
        if (_lost > 0)
        {
            _lost++;
        }
        else if (_unheard == _backlog)
        {
            // Once later events are lost, the waiting events are useless. The reader receives the jobs under way instead.
            _lost = _unheard + 1;
            _unheard = 0;
            _waiting.Clear();
        }
        else
        {
            _waiting.Enqueue(happened);
            _unheard++;
            if (_unheard == 1)
            {
                _signal.Writer.TryWrite(true);
            }
        }
    }

    internal long TakeLost()
    {
        long lost = _lost;
        _lost = 0;
        return lost;
    }

    internal IReadOnlyList<JobEvent> TakeWaiting(int most)
    {
        var taken = new JobEvent[Math.Min(most, _waiting.Count)];
        for (int i = 0; i < taken.Length; i++)
        {
            taken[i] = _waiting.Dequeue();
        }

        _unheard = Math.Min(_unheard, _waiting.Count);
        if (_waiting.Count > 0)
        {
            _signal.Writer.TryWrite(true);
        }

        return taken;
    }
}
