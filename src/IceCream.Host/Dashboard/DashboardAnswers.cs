using System.Globalization;
using System.Net;
using IceCream.Host.Builds;
using IceCream.Monitoring;
using IceCream.Transport;
using Microsoft.AspNetCore.Http;

namespace IceCream.Host.Dashboard;

/// <summary>Answers the dashboard's requests: the page, its event stream, the same data as JSON, metrics. It is read-only, and pages of other origins get nothing.</summary>
/// <param name="source">The farm.</param>
/// <param name="options">The dashboard's options.</param>
/// <param name="feed">The event stream for pages.</param>
/// <param name="metrics">The metrics of the farm.</param>
/// <param name="time">Measures how long clients take to read.</param>
internal sealed class DashboardAnswers(DashboardSource source, DashboardOptions options, DashboardFeed feed, FarmMetrics metrics, TimeProvider time) : IDisposable
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private const string Trace = "/trace";

    /// <summary>The most answers that are held in memory at a time: one may be long and its client slow.</summary>
    public const int MostAnswers = 16;

    /// <summary>The bytes that a client must read in a second, after <see cref="Grace"/>: a trace of megabytes also gets through a thin line.</summary>
    private const int LeastRate = 64 << 10;

    private const string Json = "application/json", EventStream = "text/event-stream";

    /// <summary>The most jobs of one build that a page gets, and that a trace contains.</summary>
    private const int MostShown = 20_000, MostTraced = 100_000;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _answers = new(MostAnswers);

    /// <summary>Only one request at a time reads the job logs: they are long, and the scheduler's own work has priority.</summary>
    private readonly SemaphoreSlim _readers = new(1);

    /// <summary>How many more answers may be made now.</summary>
    public int FreeAnswers => _answers.CurrentCount;

    /// <summary>
    /// How long a client may take to read an answer. Kestrel's minimum rate is too low for this: at 240 bytes a second an answer of some megabytes would keep its
    /// place for hours, and as many slow clients as there are places would keep all others waiting.
    /// </summary>
    public static TimeSpan TimeToRead(long bytes) => Grace + TimeSpan.FromSeconds((double)bytes / LeastRate);

    /// <inheritdoc/>
    public void Dispose()
    {
        _answers.Dispose();
        _readers.Dispose();
    }

    public async Task AnswerAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.XFrameOptions = "DENY";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (!HostNames.IsOwn(context.Request.Host.Host, options.Listen.Host))
        {
            // DNS rebinding: a foreign page can make its own host name resolve to this address, but the browser still sends that name.
            await Reply.TellAsync(context, StatusCodes.Status421MisdirectedRequest, "This is not the host that was asked for. Ask for it by its address, or by the machine's name.");
            return;
        }

        string path = context.Request.Path.Value ?? "/";
        if (options.Access is { } access)
        {
            if (path == DashboardAccess.SessionPath && HttpMethods.IsPost(context.Request.Method))
            {
                await access.OpenAsync(context);
                return;
            }

            if (!DashboardAssets.All.ContainsKey(path) && access.Left(context.Request) is null)
            {
                await DashboardAccess.RefuseAsync(context);
                return;
            }
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            response.Headers.Allow = "GET, HEAD";
            await Reply.TellAsync(context, StatusCodes.Status405MethodNotAllowed, "Nothing can be changed here.");
            return;
        }

        await (path switch
        {
            "/api/events" => StreamAsync(context),
            "/api/status" => JsonAsync(context, json => DashboardJson.WriteStatus(json, source)),
            "/api/jobs" => JobsAsync(context),
            "/api/builds" => JsonAsync(context, json => DashboardJson.WriteBuilds(json, source.Jobs.Builds())),
            "/metrics" => MetricsAsync(context),
            "/api/timeline" => TimelineAsync(context),
            _ when path.StartsWith("/api/builds/", StringComparison.Ordinal) => BuildAsync(context, path["/api/builds/".Length..]),
            _ when DashboardAssets.All.TryGetValue(path, out DashboardAsset? asset) => AssetAsync(context, asset),
            _ => Reply.TellAsync(context, StatusCodes.Status404NotFound, "There is nothing of this name."),
        });
    }

    private static async Task AssetAsync(HttpContext context, DashboardAsset asset)
    {
        context.Response.Headers.ETag = asset.Tag;
        context.Response.Headers.CacheControl = "no-cache";
        if (context.Request.Headers.IfNoneMatch.Contains(asset.Tag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = asset.Type;
        await Reply.WriteAsync(context, asset.Bytes, context.RequestAborted);
    }

    private async Task JobsAsync(HttpContext context)
    {
        string? limit = context.Request.Query["limit"];
        int most = FarmJobs.Remembered;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out most) || most > FarmJobs.Remembered))
        {
            await Reply.TellAsync(context, StatusCodes.Status400BadRequest, $"limit: a whole number from 0 to {FarmJobs.Remembered} is allowed.");
            return;
        }

        await JsonAsync(context, json => DashboardJson.WriteJobs(json, source, most));
    }

    /// <summary>Answers with a period of the farm's past.</summary>
    private async Task TimelineAsync(HttpContext context)
    {
        if (!TryTime(context, "from", out DateTimeOffset from) || !TryTime(context, "to", out DateTimeOffset to) || to <= from || to - from > TimelineWindow.Longest)
        {
            await Reply.TellAsync(context, StatusCodes.Status400BadRequest, $"from and to: milliseconds since 1970 are allowed, the later of them last, and at most {TimelineWindow.Longest.TotalDays:0} days.");
            return;
        }

        await PastAsync(context, () => TimelineWindow.Of(source.Jobs, from, to), static window => DashboardJson.Bytes(window.Write));
    }

    private static bool TryTime(HttpContext context, string name, out DateTimeOffset time)
    {
        bool isTime = long.TryParse(context.Request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds) && milliseconds < DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() - TimelineWindow.Longest.TotalMilliseconds;
        time = isTime ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : default;
        return isTime;
    }

    private async Task BuildAsync(HttpContext context, string number)
    {
        bool isTrace = number.EndsWith(Trace, StringComparison.Ordinal);
        BuildSummary? build = long.TryParse(isTrace ? number[..^Trace.Length] : number, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? source.Jobs.Build(id) : null;
        if (build is null)
        {
            await Reply.TellAsync(context, StatusCodes.Status404NotFound, "No build of this number is known: api/builds lists those that are.");
            return;
        }

        if (isTrace)
        {
            context.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"build-{id}.json\"");
        }

        await PastAsync(context, () => source.Jobs.Of(build, isTrace ? MostTraced : MostShown), jobs =>
            isTrace ? System.Text.Encoding.UTF8.GetBytes(BuildTrace.Write(FinishedBuild.Of(build, jobs.Select(static job => job.Job))))
            : DashboardJson.Bytes(json => DashboardJson.WriteBuild(json, build, jobs)));
    }

    private async Task MetricsAsync(HttpContext context)
    {
        await _answers.WaitAsync(context.RequestAborted);
        await WriteAsync(context, FarmMetrics.ContentType, () => metrics.ExportAsync(context.RequestAborted));
    }

    /// <summary>Streams events to a page until it closes. A page that does not read loses its connection through Kestrel's minimum response data rate.</summary>
    private async Task StreamAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            // Who only knocks opens no page.
            context.Response.ContentType = EventStream;
            return;
        }

        using DashboardPage? page = feed.Open(context.Connection.RemoteIpAddress is { } remote ? ConnectionLimits.AddressOf(new IPEndPoint(remote, 0)) : "");
        if (page is null)
        {
            // A refused page must not keep a connection that others could use.
            context.Response.Headers.RetryAfter = "10";
            context.Response.Headers.Connection = "close";
            await Reply.TellAsync(context, StatusCodes.Status503ServiceUnavailable, $"{options.MostPages} pages are open already.");
            return;
        }

        // The stream ends when the client's access does.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        if (options.Access?.Left(context.Request) is { } left)
        {
            ending.CancelAfter(TimeSpan.FromTicks(Math.Clamp(left.Ticks, 1, TimeSpan.FromDays(7).Ticks)));
        }

        context.Response.ContentType = EventStream;
        context.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await context.Response.WriteAsync("retry: 1000\n\n", ending.Token);
            await foreach (byte[] frame in page.ReadAllAsync(ending.Token))
            {
                await Reply.WritePiecesAsync(context, frame, ending.Token);
                await context.Response.Body.FlushAsync(ending.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The page was closed.
        }
    }

    private async Task JsonAsync(HttpContext context, Action<System.Text.Json.Utf8JsonWriter> write)
    {
        await _answers.WaitAsync(context.RequestAborted);
        await WriteAsync(context, Json, () => Task.FromResult(DashboardJson.Bytes(write)));
    }

    /// <summary>Answers with what the job logs tell. The next one reads only when there is room for this answer, so that what was read does not pile up before it.</summary>
    private async Task PastAsync<T>(HttpContext context, Func<T> read, Func<T, byte[]> spell)
    {
        T past;
        await _readers.WaitAsync(context.RequestAborted);
        try
        {
            past = await Task.Run(read, context.RequestAborted);
            await _answers.WaitAsync(context.RequestAborted);
        }
        finally
        {
            _readers.Release();
        }

        await WriteAsync(context, Json, () => Task.FromResult(spell(past)));
    }

    /// <summary>Makes and writes an answer for which there is room, and gives the room back: at the latest when the time to read it is over.</summary>
    private async Task WriteAsync(HttpContext context, string type, Func<Task<byte[]>> make)
    {
        try
        {
            context.Response.ContentType = type;
            context.Response.Headers.CacheControl = "no-store";
            byte[] bytes = await make();
            using var deadline = new CancellationTokenSource(TimeToRead(bytes.Length), time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
            try
            {
                await Reply.WriteAsync(context, bytes, either.Token);
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested)
            {
                // The client has a part of the answer: only a connection that breaks tells it that there was more.
                context.Abort();
            }
        }
        finally
        {
            _answers.Release();
        }
    }
}
