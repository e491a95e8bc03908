using IceCream.Host.Live;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Host.Tests.Live;

public sealed class LiveLoopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task It_draws_no_more_often_than_a_screen_can_be_read_and_in_the_end_what_is_latest()
    {
        var time = new FakeTimeProvider();
        using var loop = new LiveLoop(time);
        var drawn = System.Threading.Channels.Channel.CreateUnbounded<(DateTimeOffset At, int Shown)>();
        using var ending = new CancellationTokenSource();
        int latest = 0;
        Task running = loop.RunAsync(() => drawn.Writer.TryWrite((time.GetUtcNow(), Volatile.Read(ref latest))), ending.Token);
        (DateTimeOffset last, _) = await drawn.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0; i < 100; i++)
            {
                Interlocked.Increment(ref latest);
                loop.Wake();
            }

            // Nothing is drawn until the time has passed, however often it was woken.
            time.Advance(LiveLoop.Shortest - TimeSpan.FromMilliseconds(1));
            Assert.False(drawn.Reader.TryRead(out _));
            Task<(DateTimeOffset At, int Shown)> next = drawn.Reader.ReadAsync().AsTask();
            while (!next.IsCompleted)
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
                await Task.Yield();
            }

            (DateTimeOffset at, int shown) = await next;
            Assert.True(at - last >= LiveLoop.Shortest, $"{at - last}");
            Assert.Equal(latest, shown);
            last = at;
        }

        await ending.CancelAsync();
        await running.WaitAsync(Patience);
    }
}
