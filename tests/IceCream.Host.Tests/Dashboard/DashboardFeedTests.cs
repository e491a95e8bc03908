using System.Text;
using IceCream.Host.Dashboard;
using IceCream.Jobs;
using IceCream.Monitoring;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Host.Tests.Dashboard;

/// <summary>What open pages are told, and what one costs that does not listen.</summary>
public sealed class DashboardFeedTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Beat = TimeSpan.FromMilliseconds(200);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.Zero));
    private readonly FarmJobs _jobs;
    private readonly DashboardFeed _feed;
    private long _number;

    public DashboardFeedTests()
    {
        _jobs = new FarmJobs(new BuildHistory(null, NullLogger.Instance), _time);
        var source = new DashboardSource(() => new FarmStatus { Network = "farm", Nodes = [.. Enumerable.Range(1, 2000).Select(static i => new NodeInfo { Name = $"node{i}", Slots = 8 })] }, _jobs);
        _feed = new DashboardFeed(source, new DashboardOptions { Listen = FarmAddress.Tcp("127.0.0.1", 0), MostPages = 2 }, _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _feed.DisposeAsync();
        _jobs.Dispose();
    }

    [Fact]
    public async Task A_page_that_does_not_listen_holds_a_bounded_number_of_frames_and_is_told_everything_when_it_does()
    {
        using DashboardPage page = _feed.Open()!;
        await PassUntilAsync(() => !page.IsLost);
        await PassUntilAsync(() => page.IsLost);
        using var patience = new CancellationTokenSource(Patience);
        await using IAsyncEnumerator<byte[]> frames = page.ReadAllAsync(patience.Token).GetAsyncEnumerator(patience.Token);
        var names = new List<string>();
        while (!page.HasTaken)
        {
            Assert.True(await frames.MoveNextAsync());
            names.Add(NameOf(frames.Current));
        }

        Assert.InRange(names.Count, 2, 32);
        Assert.Equal("hello", names[0]);
        await PassUntilAsync(() => !page.HasTaken);
        Assert.True(await frames.MoveNextAsync());
        Assert.Equal("hello", NameOf(frames.Current));
    }

    [Fact]
    public void Only_so_many_pages_are_open_at_a_time()
    {
        DashboardPage first = _feed.Open()!, second = _feed.Open()!;
        Assert.Null(_feed.Open());
        first.Dispose();
        using DashboardPage? third = _feed.Open();
        Assert.NotNull(third);
        second.Dispose();
        Assert.Equal(1, _feed.Pages);
    }

    [Fact]
    public async Task An_address_that_opens_all_pages_gives_its_oldest_to_another()
    {
        DashboardPage first = _feed.Open("10.0.0.1")!;
        using DashboardPage second = _feed.Open("10.0.0.1")!;
        Assert.Null(_feed.Open("10.0.0.1"));
        using DashboardPage? other = _feed.Open("10.0.0.2");
        Assert.NotNull(other);
        using var patience = new CancellationTokenSource(Patience);
        await foreach (byte[] _ in first.ReadAllAsync(patience.Token))
        {
            // What it was told before it ended.
        }

        first.Dispose();
        Assert.Equal(2, _feed.Pages);
        Assert.Null(_feed.Open("10.0.0.3"));
        Assert.Null(_feed.Open("10.0.0.1"));
    }

    /// <summary>Lets time pass, with jobs coming all the while, until something holds.</summary>
    private async Task PassUntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!holds())
        {
            patience.Token.ThrowIfCancellationRequested();
            _jobs.Hear("ada@desk", "ada", _time.GetUtcNow(), 2, [new JobBegun { At = _time.GetUtcNow(), Job = new JobId("ada@desk", ++_number), Subject = "a.cc", Directory = "/home/ada/tree" }]);
            _time.Advance(Beat);
            await Task.Yield();
        }
    }

    private static string NameOf(byte[] frame) => Encoding.UTF8.GetString(frame).Split('\n')[0]["event: ".Length..];
}
