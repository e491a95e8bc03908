using System.Diagnostics.Metrics;
using IceCream.Host.Dashboard;
using IceCream.Jobs;
using IceCream.Monitoring;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Host.Tests.Dashboard;

/// <summary>However many ask and do not read, a bounded number of answers is in memory.</summary>
public sealed class DashboardAnswersTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FarmJobs _jobs = new(new BuildHistory(null, NullLogger.Instance), TimeProvider.System);
    private readonly DashboardFeed _feed;
    private readonly FarmMetrics _metrics;
    private readonly DashboardAnswers _answers;

    public DashboardAnswersTests()
    {
        var source = new DashboardSource(static () => new FarmStatus { Network = "farm" }, _jobs);
        var options = new DashboardOptions { Listen = FarmAddress.Tcp("127.0.0.1", 0) };
        _feed = new DashboardFeed(source, options, TimeProvider.System);
        _metrics = new FarmMetrics(source, _services.GetRequiredService<IMeterFactory>());
        _answers = new DashboardAnswers(source, options, _feed, _metrics, _time);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        _jobs.Hear("ada@desk", "ada", now, 2,
        [
            new JobFinished
            {
                At = now, Job = new JobId("ada@desk", 1),
                Record = new JobRecord { Subject = "a.cc", Directory = "/home/ada/tree", Place = JobPlace.Remote, Worker = "w1", ExitCode = 0, Duration = TimeSpan.FromSeconds(2), Ended = now },
            },
        ]);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _answers.Dispose();
        await _feed.DisposeAsync();
        await _metrics.DisposeAsync();
        _jobs.Dispose();
        await _services.DisposeAsync();
    }

    [Theory]
    [InlineData("/api/status", "")]
    [InlineData("/api/timeline", "?from=1000&to=2000")]
    [InlineData("/api/builds/{0}", "")]
    [InlineData("/api/builds/{0}/trace", "")]
    [InlineData("/metrics", "")]
    public async Task An_answer_that_is_not_read_takes_one_place_of_those_there_are(string path, string query)
    {
        using var body = new SlowBody();
        DefaultHttpContext context = Ask(body, path, query);
        Task answer = _answers.AnswerAsync(context);
        await body.Begun.WaitAsync(Patience);
        Assert.Equal(StatusCodes.Status200OK, context.Response.StatusCode);
        Assert.Equal(DashboardAnswers.MostAnswers - 1, _answers.FreeAnswers);
        body.Read();
        await answer.WaitAsync(Patience);
        Assert.Equal(DashboardAnswers.MostAnswers, _answers.FreeAnswers);
    }

    /// <summary>Otherwise as many clients as there are places would keep all others waiting, those that collect metrics too.</summary>
    [Theory]
    [InlineData("/api/status", "")]
    [InlineData("/api/timeline", "?from=1000&to=2000")]
    [InlineData("/api/builds/{0}/trace", "")]
    [InlineData("/metrics", "")]
    public async Task A_client_that_does_not_read_its_answer_in_time_loses_its_connection_and_gives_its_place_back(string path, string query)
    {
        using var body = new SlowBody();
        DefaultHttpContext context = Ask(body, path, query);
        var connection = new Connection();
        context.Features.Set<IHttpRequestLifetimeFeature>(connection);

        Task answer = _answers.AnswerAsync(context);
        await body.Begun.WaitAsync(Patience);
        TimeSpan allowed = DashboardAnswers.TimeToRead(context.Response.ContentLength!.Value);
        _time.Advance(allowed - TimeSpan.FromMilliseconds(2));
        Assert.Equal(DashboardAnswers.MostAnswers - 1, _answers.FreeAnswers);
        _time.Advance(TimeSpan.FromMilliseconds(4));
        await answer.WaitAsync(Patience);
        Assert.True(connection.IsAborted);
        Assert.Equal(DashboardAnswers.MostAnswers, _answers.FreeAnswers);
    }

    private DefaultHttpContext Ask(SlowBody body, string path, string query)
    {
        var context = new DefaultHttpContext { Response = { Body = body } };
        context.Request.Method = HttpMethods.Get;
        context.Request.Host = new HostString("localhost");
        context.Request.Path = string.Format(System.Globalization.CultureInfo.InvariantCulture, path, Assert.Single(_jobs.Builds()).Id);
        context.Request.QueryString = new QueryString(query);
        return context;
    }

    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public bool IsAborted { get; private set; }

        public void Abort() => IsAborted = true;
    }

    /// <summary>A client that does not read before the test says so.</summary>
    private sealed class SlowBody : MemoryStream
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously), _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public void Read() => _reading.TrySetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _begun.TrySetResult();
            await _reading.Task.WaitAsync(cancellationToken);
            await base.WriteAsync(buffer, cancellationToken);
        }
    }
}
