using System.Globalization;
using IceCream.Host.Builds;
using IceCream.Monitoring;
using Microsoft.AspNetCore.Http;

namespace IceCream.Host.Dashboard;

/// <summary>What the dashboard answers: the page, its stream of events, the same as JSON, metrics. It changes nothing, and gives nothing to pages of other origins.</summary>
/// <param name="source">What it shows.</param>
/// <param name="options">How it is set up.</param>
/// <param name="feed">Tells pages what happens.</param>
/// <param name="metrics">The farm in numbers.</param>
internal sealed class DashboardAnswers(DashboardSource source, DashboardOptions options, DashboardFeed feed, FarmMetrics metrics) : IDisposable
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private const string Trace = "/trace";

    /// <summary>How many answers may be held at a time, since one may be long and its reader slow.</summary>
    private const int MostAnswers = 16;

    /// <summary>How many jobs of one build are told to a page, and how many are in a trace.</summary>
    private const int MostShown = 20_000, MostTraced = 100_000;

    private readonly SemaphoreSlim _answers = new(MostAnswers);

    /// <summary>One at a time reads files of the past: they are long, and the farm has better to do.</summary>
    private readonly SemaphoreSlim _readers = new(1);

    /// <inheritdoc/>
    public void Dispose()
    {
        _answers.Dispose();
        _readers.Dispose();
    }

    /// <summary>Answers a request.</summary>
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
            // A page of a stranger can make its own name mean this address; it cannot make a browser ask for another name.
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
        await Reply.WriteAsync(context, asset.Bytes);
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

    /// <summary>Some minutes or some days of the past.</summary>
    private async Task TimelineAsync(HttpContext context)
    {
        if (!TryTime(context, "from", out DateTimeOffset from) || !TryTime(context, "to", out DateTimeOffset to) || to <= from || to - from > TimelineWindow.Longest)
        {
            await Reply.TellAsync(context, StatusCodes.Status400BadRequest, $"from and to: milliseconds since 1970 are allowed, the later of them last, and at most {TimelineWindow.Longest.TotalDays:0} days.");
            return;
        }

        TimelineWindow window = await ReadAsync(context, () => TimelineWindow.Of(source.Jobs, from, to));
        await JsonAsync(context, window.Write);
    }

    private async Task<T> ReadAsync<T>(HttpContext context, Func<T> read)
    {
        await _readers.WaitAsync(context.RequestAborted);
        try
        {
            return await Task.Run(read, context.RequestAborted);
        }
        finally
        {
            _readers.Release();
        }
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

        IReadOnlyList<PastJob> jobs = await ReadAsync(context, () => source.Jobs.Of(build, isTrace ? MostTraced : MostShown));
        if (!isTrace)
        {
            await JsonAsync(context, json => DashboardJson.WriteBuild(json, build, jobs));
            return;
        }

        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"build-{id}.json\"");
        await Reply.WriteAsync(context, System.Text.Encoding.UTF8.GetBytes(BuildTrace.Write(FinishedBuild.Of(build, jobs.Select(static job => job.Job)))));
    }

    private async Task MetricsAsync(HttpContext context)
    {
        byte[] text = await metrics.ExportAsync(context.RequestAborted);
        context.Response.ContentType = FarmMetrics.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        await Reply.WriteAsync(context, text);
    }

    /// <summary>Tells a page what happens until it leaves. A page that does not read loses its connection, by the server's least rate.</summary>
    private async Task StreamAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        using DashboardPage? page = HttpMethods.IsHead(context.Request.Method) ? null : feed.Open();
        if (page is null)
        {
            // One that is turned away keeps no connection that others could have.
            context.Response.Headers.RetryAfter = "10";
            context.Response.Headers.Connection = "close";
            await Reply.TellAsync(context, StatusCodes.Status503ServiceUnavailable, $"{options.MostPages} pages are open already.");
            return;
        }

        // Who may look until a moment is told until then.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        if (options.Access?.Left(context.Request) is { } left)
        {
            ending.CancelAfter(TimeSpan.FromTicks(Math.Clamp(left.Ticks, 1, TimeSpan.FromDays(7).Ticks)));
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await context.Response.WriteAsync("retry: 1000\n\n", ending.Token);
            await foreach (byte[] frame in page.ReadAllAsync(ending.Token))
            {
                await Reply.WritePiecesAsync(context, frame);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The page has gone.
        }
    }

    private async Task JsonAsync(HttpContext context, Action<System.Text.Json.Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        await _answers.WaitAsync(context.RequestAborted);
        try
        {
            await Reply.WriteAsync(context, DashboardJson.Bytes(write));
        }
        finally
        {
            _answers.Release();
        }
    }
}
