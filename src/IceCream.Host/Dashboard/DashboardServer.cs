using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net.Sockets;
using IceCream.Monitoring;
using IceCream.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IceCream.Host.Dashboard;

/// <summary>
/// The farm in a browser: a page that is told by server-sent events, the same as JSON, and metrics for Prometheus. It changes nothing, and gives nothing to pages of
/// other origins.
/// </summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>How many answers may be held at a time, since one may be long and its reader slow; and how much of a stream lies with one page.</summary>
    private const int MostAnswers = 16, Piece = 16 << 10;

    private readonly DashboardSource _source;
    private readonly DashboardOptions _options;
    private readonly DashboardFeed _feed;
    private readonly FarmMetrics _metrics;
    private readonly WebApplication _application;
    private readonly SemaphoreSlim _answers = new(MostAnswers);

    private DashboardServer(DashboardSource source, DashboardOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _source = source;
        _options = options;
        _feed = new DashboardFeed(source, options, time);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);

        // Signals belong to the program, of which this is a part.
        builder.Services.AddSingleton<IHostLifetime, PartOfAProgram>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => DashboardLimits.Apply(kestrel, options.Listen));
        _application = builder.Build();
        _metrics = new FarmMetrics(source, _application.Services.GetRequiredService<IMeterFactory>());
        _application.Run(AnswerAsync);
    }

    /// <summary>Where it answers.</summary>
    public string Address => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts the dashboard of a scheduler. A farm does without one that cannot answer: that is told.</summary>
    /// <param name="scheduler">The scheduler.</param>
    /// <param name="options">How the dashboard is set up.</param>
    /// <param name="say">Where it is told.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<DashboardServer?> TryStartAsync(
        SchedulerNode scheduler, DashboardOptions options, Action<string> say, ILoggerFactory loggers, CancellationToken cancellationToken = default)
    {
        try
        {
            DashboardServer server = await StartAsync(new DashboardSource(scheduler.Describe, scheduler.Jobs), options, TimeProvider.System, loggers, cancellationToken);
            say($"dashboard at {server.Address}/");
            return server;
        }
        catch (IOException e)
        {
            say($"no dashboard: {e.Message} --dashboard-listen names another place, or is off.");
            return null;
        }
    }

    /// <summary>Starts to answer.</summary>
    /// <param name="source">What it shows.</param>
    /// <param name="options">How it is set up.</param>
    /// <param name="time">The time.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="IOException">It cannot listen there: the message says why.</exception>
    public static async Task<DashboardServer> StartAsync(
        DashboardSource source, DashboardOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken = default)
    {
        var server = new DashboardServer(source, options, time, loggers);
        try
        {
            await server._application.StartAsync(cancellationToken);
            return server;
        }
        catch (Exception e)
        {
            await server.DisposeAsync();
            if (e is SocketException or IOException or InvalidOperationException)
            {
                throw new IOException($"The dashboard cannot answer at {options.Listen}: {(e.InnerException ?? e).Message.TrimEnd('.')}.", e);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The feed first: open pages hear that nothing more comes, and the server does not wait for them.
        await _feed.DisposeAsync();
        await _metrics.DisposeAsync();
        await _application.DisposeAsync();
        _answers.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.XFrameOptions = "DENY";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (!HostNames.IsOwn(context.Request.Host.Host, _options.Listen.Host))
        {
            // A page of a stranger can make its own name mean this address; it cannot make a browser ask for another name.
            await TellAsync(context, StatusCodes.Status421MisdirectedRequest, "This is not the host that was asked for. Ask for it by its address, or by the machine's name.");
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            response.Headers.Allow = "GET, HEAD";
            await TellAsync(context, StatusCodes.Status405MethodNotAllowed, "Nothing can be changed here.");
            return;
        }

        string path = context.Request.Path.Value ?? "/";
        await (path switch
        {
            "/api/events" => StreamAsync(context),
            "/api/status" => JsonAsync(context, json => DashboardJson.WriteStatus(json, _source)),
            "/api/jobs" => JobsAsync(context),
            "/api/builds" => JsonAsync(context, json => DashboardJson.WriteBuilds(json, _source.Jobs.Builds())),
            "/metrics" => MetricsAsync(context),
            _ when path.StartsWith("/api/builds/", StringComparison.Ordinal) => BuildAsync(context, path["/api/builds/".Length..]),
            _ when DashboardAssets.All.TryGetValue(path, out DashboardAsset? asset) => AssetAsync(context, asset),
            _ => TellAsync(context, StatusCodes.Status404NotFound, "There is nothing of this name."),
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
        await WriteAsync(context, asset.Bytes);
    }

    private async Task JobsAsync(HttpContext context)
    {
        string? limit = context.Request.Query["limit"];
        int most = FarmJobs.Remembered;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out most) || most > FarmJobs.Remembered))
        {
            await TellAsync(context, StatusCodes.Status400BadRequest, $"limit: a whole number from 0 to {FarmJobs.Remembered} is allowed.");
            return;
        }

        await JsonAsync(context, json => DashboardJson.WriteJobs(json, _source, most));
    }

    private async Task BuildAsync(HttpContext context, string number)
    {
        BuildSummary? build = long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? _source.Jobs.Build(id) : null;
        if (build is null)
        {
            await TellAsync(context, StatusCodes.Status404NotFound, "No build of this number is known: api/builds lists those that are.");
            return;
        }

        await JsonAsync(context, json => DashboardJson.WriteBuild(json, build, _source.Jobs.Past(build: id)));
    }

    private async Task MetricsAsync(HttpContext context)
    {
        byte[] text = await _metrics.ExportAsync(context.RequestAborted);
        context.Response.ContentType = FarmMetrics.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        await WriteAsync(context, text);
    }

    /// <summary>Tells a page what happens until it leaves. A page that does not read loses its connection, by the server's least rate.</summary>
    private async Task StreamAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        using DashboardPage? page = HttpMethods.IsHead(context.Request.Method) ? null : _feed.Open();
        if (page is null)
        {
            context.Response.Headers.RetryAfter = "10";
            await TellAsync(context, StatusCodes.Status503ServiceUnavailable, $"{_options.MostPages} pages are open already.");
            return;
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await context.Response.WriteAsync("retry: 1000\n\n", context.RequestAborted);
            await foreach (byte[] frame in page.ReadAllAsync(context.RequestAborted))
            {
                await WritePiecesAsync(context, frame);
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
            await WriteAsync(context, DashboardJson.Bytes(write));
        }
        finally
        {
            _answers.Release();
        }
    }

    private static Task TellAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return WriteAsync(context, System.Text.Encoding.UTF8.GetBytes(text + "\n"));
    }

    private static async Task WriteAsync(HttpContext context, byte[] bytes)
    {
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await WritePiecesAsync(context, bytes);
        }
    }

    /// <summary>Each piece is copied for a reader when it has taken most of the last ones.</summary>
    private static async Task WritePiecesAsync(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        for (int at = 0; at < bytes.Length; at += Piece)
        {
            await context.Response.Body.WriteAsync(bytes.Slice(at, Math.Min(Piece, bytes.Length - at)), context.RequestAborted);
        }
    }

    /// <summary>Starts and ends with the program that it is a part of.</summary>
    private sealed class PartOfAProgram : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
