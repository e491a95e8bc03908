using System.Diagnostics.Metrics;
using System.Net.Sockets;
using IceCream.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IceCream.Host.Dashboard;

/// <summary>
/// Serves the farm to browsers: a page that server-sent events update, the same data as JSON, and metrics for Prometheus. It is read-only, and pages of other
/// origins get nothing.
/// </summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private readonly DashboardFeed _feed;
    private readonly FarmMetrics _metrics;
    private readonly WebApplication _application;
    private readonly DashboardAnswers _answers;

    private DashboardServer(DashboardSource source, DashboardOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _feed = new DashboardFeed(source, options, time);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);

        // The surrounding program handles signals itself.
        builder.Services.AddSingleton<IHostLifetime, PartOfAProgram>();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => DashboardLimits.Apply(kestrel, options.Listen, options.Access));
        _application = builder.Build();
        _metrics = new FarmMetrics(source, _application.Services.GetRequiredService<IMeterFactory>());
        _answers = new DashboardAnswers(source, options, _feed, _metrics, time);
        _application.Run(_answers.AnswerAsync);
    }

    /// <summary>The URL on which it listens.</summary>
    public string Address => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts a scheduler's dashboard. If it cannot listen, the farm works without: it reports that and returns null.</summary>
    /// <param name="scheduler">The scheduler.</param>
    /// <param name="options">The dashboard's options.</param>
    /// <param name="say">Receives the dashboard's address, or the failure.</param>
    /// <param name="loggers">The loggers.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<DashboardServer?> TryStartAsync(
        SchedulerNode scheduler, DashboardOptions options, Action<string> say, ILoggerFactory loggers, CancellationToken cancellationToken = default)
    {
        try
        {
            DashboardServer server = await StartAsync(new DashboardSource(scheduler.Describe, scheduler.Jobs), options, TimeProvider.System, loggers, cancellationToken);
            say($"dashboard at {server.Address}/{(options.Access is null ? "" : " (for who has a read token: icehost token --role reader)")}");
            return server;
        }
        catch (IOException e)
        {
            say($"no dashboard: {e.Message} --dashboard-listen names another place, or is off.");
            return null;
        }
    }

    /// <summary>Starts the server.</summary>
    /// <param name="source">The farm.</param>
    /// <param name="options">The dashboard's options.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">The loggers.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="IOException">It cannot listen; the message says why.</exception>
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
        // The feed first: it ends the streams of open pages, so that the server does not wait for them.
        await _feed.DisposeAsync();
        await _metrics.DisposeAsync();
        await _application.DisposeAsync();
        _answers.Dispose();
    }

    private sealed class PartOfAProgram : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
