using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace IceCream.Tests;

/// <summary>Time that a test moves, which says when somebody begins to wait: moved before that, it would be waited for once more.</summary>
internal sealed class WatchedTime : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        _waits.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>The next wait of a kind that somebody began; those of other kinds before it are passed over.</summary>
    public async Task<TimeSpan> NextWaitAsync(Func<TimeSpan, bool> kind, TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        while (true)
        {
            TimeSpan wait = await _waits.Reader.ReadAsync(deadline.Token);
            if (kind(wait))
            {
                return wait;
            }
        }
    }
}
