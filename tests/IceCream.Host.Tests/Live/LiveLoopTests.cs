using IceCream.Host.Live;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Host.Tests.Live;

public sealed class LiveLoopTests
{
    private const int Changes = 2000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A terminal that changes its size while a view ends: the signal is handled on a thread where what is thrown ends the program.</summary>
    [Fact]
    public void A_signal_that_comes_when_the_view_is_gone_is_no_fault()
    {
        var loop = new LiveLoop(TimeProvider.System);
        loop.Dispose();
        loop.Wake();
        loop.Dispose();
    }

    [Fact]
    public async Task It_draws_no_more_often_than_a_screen_can_be_read_and_in_the_end_what_is_latest()
    {
        var time = new FakeTimeProvider();
        using var loop = new LiveLoop(time);
        var drawn = new List<(DateTimeOffset At, int Shown)>();
        using var ending = new CancellationTokenSource();
        int latest = 0;
        var shown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task running = loop.RunAsync(
            () =>
            {
                drawn.Add((time.GetUtcNow(), Volatile.Read(ref latest)));
                if (drawn[^1].Shown == Changes)
                {
                    shown.TrySetResult();
                }
            },
            ending.Token);

        // Changes come far faster than drawings may, and then no more.
        using var deadline = new CancellationTokenSource(Patience);
        while (!shown.Task.IsCompleted && !deadline.IsCancellationRequested)
        {
            if (latest < Changes)
            {
                Interlocked.Increment(ref latest);
                loop.Wake();
            }

            time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }

        await ending.CancelAsync();
        await running.WaitAsync(Patience);
        Assert.Equal(Changes, drawn[^1].Shown);
        Assert.All(drawn.Zip(drawn.Skip(1)), static pair => Assert.True(pair.Second.At - pair.First.At >= LiveLoop.Shortest, $"{pair.First.At} and {pair.Second.At}"));
    }
}
