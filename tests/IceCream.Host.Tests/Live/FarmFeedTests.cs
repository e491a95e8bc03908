using System.Runtime.CompilerServices;
using System.Threading.Channels;
using IceCream.Host.Live;
using IceCream.Jobs;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Host.Tests.Live;

/// <summary>What a view is told of the connection to its scheduler.</summary>
public sealed class FarmFeedTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly FarmStatus Farm = new() { Network = "farm" };

    private readonly FakeTimeProvider _time = new();
    private readonly Channel<string?> _obstacles = Channel.CreateUnbounded<string?>();

    /// <summary>On a farm without jobs no event comes to say so.</summary>
    [Fact]
    public async Task Nodes_that_are_seen_again_end_the_obstacle_although_nothing_happens()
    {
        int asked = 0;
        await RunAsync(
            new FarmSource(SilentAsync, _ => asked++ == 0 ? Task.FromException<FarmStatus>(new IOException("busy")) : Task.FromResult(Farm)),
            async () =>
            {
                Assert.Equal("busy", await NextAsync());
                Assert.Null(await NextAsync());
            });
    }

    [Fact]
    public async Task Nodes_that_are_seen_do_not_hide_that_no_events_arrive() =>
        await RunAsync(
            new FarmSource(static _ => throw new IOException("deaf"), static _ => Task.FromResult(Farm)),
            async () =>
            {
                for (int times = 0; times < 4; times++)
                {
                    Assert.Equal("deaf", await NextAsync());
                }
            });

    private async Task RunAsync(FarmSource source, Func<Task> watch)
    {
        using var ending = new CancellationTokenSource();
        var feed = new FarmFeed(source, _time)
        {
            Happened = static _ => { },
            Seen = static _ => { },
            Obstructed = obstacle => _obstacles.Writer.TryWrite(obstacle?.Detail),
        };
        Task running = feed.RunAsync(ending.Token);
        await watch();
        await ending.CancelAsync();
        await running.WaitAsync(Patience);
    }

    private async Task<string?> NextAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        string? told;
        while (!_obstacles.Reader.TryRead(out told))
        {
            Assert.False(deadline.IsCancellationRequested, "Nothing was told.");
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return told;
    }

    private static async IAsyncEnumerable<JobEvent> SilentAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        yield break;
    }
}
