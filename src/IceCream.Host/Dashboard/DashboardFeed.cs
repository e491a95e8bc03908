using System.Text.Json;
using System.Threading.Channels;
using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Dashboard;

/// <summary>
/// Produces the event stream once for all open pages. A page that does not keep up gets nothing for a while and then the whole state again, so that its memory
/// is bounded. While no page is open, the feed does nothing.
/// </summary>
internal sealed class DashboardFeed : IAsyncDisposable
{
    /// <summary>The interval at which pages get events: five times a second looks live.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(200);

    /// <summary>The status of a farm with many nodes is long, so it is sent less often.</summary>
    private const int BeatsPerStatus = 5, BeatsPerStatusOfMany = 25, Many = 300, BeatsPerBuilds = 5;

    /// <summary>The interval of unchanged status frames, which reveal dead connections.</summary>
    private const int BeatsPerSign = 50;

    private readonly DashboardSource _source;
    private readonly DashboardOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly List<DashboardPage> _pages = [];
    private readonly SemaphoreSlim _opened = new(0);
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _running;

    public DashboardFeed(DashboardSource source, DashboardOptions options, TimeProvider time)
    {
        (_source, _options, _time) = (source, options, time);
        _running = RunAsync(_ending.Token);
    }

    public int Pages
    {
        get
        {
            lock (_lock)
            {
                return _pages.Count;
            }
        }
    }

    /// <summary>Opens a page; null if too many are open. One address, which opens pages and reads none, keeps no other from the farm: it gives one up for it.</summary>
    /// <param name="from">The address that the page is opened from.</param>
    public DashboardPage? Open(string from = "")
    {
        lock (_lock)
        {
            if (_pages.Count == _options.MostPages)
            {
                DashboardPage[] crowd = [.. _pages.GroupBy(static page => page.From, StringComparer.Ordinal).MaxBy(static pages => pages.Count())!];
                if (crowd.Length <= _pages.Count(page => page.From == from) + 1)
                {
                    return null;
                }

                crowd[0].End();
                _pages.Remove(crowd[0]);
            }

            var page = new DashboardPage(this) { From = from };
            _pages.Add(page);
            if (_pages.Count == 1)
            {
                _opened.Release();
            }

            return page;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        foreach (DashboardPage page in Snapshot())
        {
            page.End();
        }

        _ending.Dispose();
        _opened.Dispose();
    }

    internal void Close(DashboardPage page)
    {
        lock (_lock)
        {
            _pages.Remove(page);
        }
    }

    private DashboardPage[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _pages];
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _opened.WaitAsync(cancellationToken);
                await ServeAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The dashboard stops.
        }
    }

    /// <summary>Sends events as long as any page is open.</summary>
    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        using JobEventSubscription subscription = _source.Jobs.Stream.Subscribe();
        using var timer = new PeriodicTimer(Beat, _time);
        var running = new RunningJobs();
        byte[] status = [], builds = [];
        for (long beat = 0; ; beat++)
        {
            DashboardPage[] pages = Snapshot();
            if (pages.Length == 0)
            {
                return;
            }

            IReadOnlyList<JobEvent> happened = subscription.Take();
            foreach (JobEvent each in happened)
            {
                running.Apply(each);
            }

            if (happened.Count > 0)
            {
                Tell(pages, Frame("jobs", json => DashboardJson.WriteEvents(json, happened)));
            }

            int perStatus = status.Length > Many * 200 ? BeatsPerStatusOfMany : BeatsPerStatus;
            status = beat % perStatus == 0 ? TellChanged(pages, status, Frame("status", json => DashboardJson.WriteStatus(json, _source)), beat) : status;
            builds = beat % BeatsPerBuilds == 0 ? TellChanged(pages, builds, Frame("builds", json => DashboardJson.WriteBuildList(json, _source.Jobs.Builds())), 1) : builds;
            Greet(pages, running);
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Sends the whole state to new pages, and to pages that lost frames and have read their backlog. The state is serialised once for all of them.</summary>
    private void Greet(DashboardPage[] pages, RunningJobs running)
    {
        byte[]? hello = null;
        foreach (DashboardPage page in pages.Where(static page => page.IsLost && page.HasTaken))
        {
            page.Greet(hello ??= Frame("hello", json => DashboardJson.WriteHello(json, _source, running, _options.MostPast, _time.GetUtcNow())));
        }
    }

    private static byte[] TellChanged(DashboardPage[] pages, byte[] before, byte[] now, long beat)
    {
        if (beat % BeatsPerSign == 0 || !before.AsSpan().SequenceEqual(now))
        {
            Tell(pages, now);
        }

        return now;
    }

    private static void Tell(DashboardPage[] pages, byte[] frame)
    {
        foreach (DashboardPage page in pages)
        {
            page.Tell(frame);
        }
    }

    private static byte[] Frame(string name, Action<Utf8JsonWriter> write) => DashboardJson.Bytes($"event: {name}\ndata: ", write, "\n\n");
}

/// <summary>An open page and the frames that it has not read yet.</summary>
internal sealed class DashboardPage(DashboardFeed feed) : IDisposable
{
    /// <summary>The most frames that wait: some seconds of a busy farm. All pages share the frames' bytes.</summary>
    private const int Backlog = 32;

    private readonly Channel<byte[]> _frames = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(Backlog) { SingleReader = true, SingleWriter = true });

    /// <summary>The address that it was opened from.</summary>
    public string From { get; init; } = "";

    /// <summary>Whether it is new or has lost a frame, and so needs the whole state.</summary>
    public bool IsLost { get; private set; } = true;

    /// <summary>Whether the page has read its backlog.</summary>
    public bool HasTaken => _frames.Reader.Count == 0;

    public IAsyncEnumerable<byte[]> ReadAllAsync(CancellationToken cancellationToken) => _frames.Reader.ReadAllAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => feed.Close(this);

    internal void Greet(byte[] hello) => IsLost = !_frames.Writer.TryWrite(hello);

    internal void Tell(byte[] frame)
    {
        if (!IsLost && !_frames.Writer.TryWrite(frame))
        {
            IsLost = true;
        }
    }

    internal void End() => _frames.Writer.TryComplete();
}
