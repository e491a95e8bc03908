using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using IceCream.Host.Dashboard;
using IceCream.Jobs;
using IceCream.Monitoring;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Host.Tests.Dashboard;

/// <summary>The dashboard by HTTP: what it gives, to whom, and what it costs when nobody reads.</summary>
public sealed partial class DashboardServerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FarmJobs _jobs = new(new BuildHistory(null, NullLogger.Instance), TimeProvider.System);
    private HttpClient _client = new();
    private DashboardServer? _server;

    public async Task InitializeAsync() => await StartAsync(128);

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server!.DisposeAsync();
        _jobs.Dispose();
    }

    [Fact]
    public async Task The_page_and_all_that_it_names_lie_here_and_nothing_else_may_be_loaded()
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        var wanted = new Queue<string>(["/"]);
        while (wanted.TryDequeue(out string? path))
        {
            if (!known.Add(path))
            {
                continue;
            }

            using HttpResponseMessage answer = await _client.GetAsync(path);
            Assert.True(answer.IsSuccessStatusCode, path);
            Assert.StartsWith("default-src 'none'; script-src 'self'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            string text = await answer.Content.ReadAsStringAsync();
            foreach (Match name in Named().Matches(text))
            {
                wanted.Enqueue("/" + name.Groups[1].Value);
            }

            Assert.DoesNotMatch(Elsewhere(), text.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
            Assert.DoesNotContain("innerHTML", text, StringComparison.Ordinal);
        }

        Assert.Equal(DashboardAssets.All.Keys.Append("/").Where(static path => path != "/index.html").ToHashSet(), known);
    }

    [Theory]
    [InlineData("evil.example", 421)]
    [InlineData("localhost.evil.example", 421)]
    [InlineData("localhost:8766", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:8766", 200)]
    public async Task A_request_to_a_strangers_name_is_refused(string host, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/status");
        request.Headers.Host = host;
        using HttpResponseMessage answer = await _client.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("POST", "/api/status", 405)]
    [InlineData("DELETE", "/api/builds/1", 405)]
    [InlineData("GET", "/api/builds/1", 404)]
    [InlineData("GET", "/api/builds/x", 404)]
    [InlineData("GET", "/api/jobs?limit=100000", 400)]
    [InlineData("GET", "/api/jobs?limit=-1", 400)]
    [InlineData("GET", "/api/timeline", 400)]
    [InlineData("GET", "/api/timeline?from=10&to=5", 400)]
    [InlineData("GET", "/api/timeline?from=0&to=99999999999999", 400)]
    [InlineData("GET", "/api/timeline?from=0&to=99999999999999999999", 400)]
    [InlineData("GET", "/api/timeline?from=x&to=5", 400)]
    [InlineData("GET", "/api/builds/1/trace", 404)]
    [InlineData("POST", "/api/session", 405)]
    [InlineData("GET", "/../etc/passwd", 404)]
    [InlineData("GET", "/nothing", 404)]
    public async Task What_is_not_there_or_not_allowed_is_told(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage answer = await _client.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.NotEmpty(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A proxy or a probe that looks whether something is there.</summary>
    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/api/status", "application/json")]
    [InlineData("/api/events", "text/event-stream")]
    public async Task A_knock_is_answered_and_opens_nothing(string path, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using HttpResponseMessage answer = await _client.SendAsync(request);
        Assert.Equal((200, type), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_page_is_told_how_things_stand_and_then_what_happens_whatever_jobs_are_called()
    {
        const string Hostile = "</script><img src=x onerror=alert(1)>\n\ndata: {}\u0000\u202e.cc";
        Happen(Begun(1, Hostile));
        using Stream stream = await _client.GetStreamAsync("/api/events");
        using var reader = new StreamReader(stream);
        (string name, JsonElement hello) = await NextAsync(reader);
        Assert.Equal("hello", name);
        Assert.Equal("farm", hello.GetProperty("network").GetString());
        Assert.Equal("w1", hello.GetProperty("nodes")[0].GetProperty("name").GetString());
        Assert.Equal(Hostile, hello.GetProperty("running").EnumerateArray().Single(static each => each.GetProperty("e").GetString() == "begin").GetProperty("subject").GetString());
        Happen(Finished(1));
        JsonElement told = await UntilAsync(reader, "jobs");
        Assert.Equal(("end", "remote", "w1"), (told[0].GetProperty("e").GetString(), told[0].GetProperty("place").GetString(), told[0].GetProperty("worker").GetString()));
        JsonElement builds = await UntilAsync(reader, "builds");
        long id = builds[0].GetProperty("id").GetInt64();
        JsonElement build = JsonDocument.Parse(await _client.GetStringAsync($"/api/builds/{id}")).RootElement;
        Assert.Equal(1, build.GetProperty("build").GetProperty("compiles").GetInt32());
        Assert.Equal("a.cc", build.GetProperty("jobs")[0].GetProperty("subject").GetString());
        Assert.Equal("a.cc", build.GetProperty("chain").GetProperty("links")[0].GetProperty("subject").GetString());
        using HttpResponseMessage trace = await _client.GetAsync($"/api/builds/{id}/trace");
        Assert.Equal($"build-{id}.json", trace.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        Assert.NotEqual(0, JsonDocument.Parse(await trace.Content.ReadAsStringAsync()).RootElement.GetProperty("traceEvents").GetArrayLength());
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(1, JsonDocument.Parse(await _client.GetStringAsync($"/api/timeline?from={now - 60_000}&to={now + 1000}")).RootElement.GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task More_pages_than_allowed_are_asked_to_come_later_and_one_that_leaves_makes_room()
    {
        await _server!.DisposeAsync();
        await StartAsync(1);
        using (Stream first = await _client.GetStreamAsync("/api/events"))
        {
            using HttpResponseMessage second = await _client.GetAsync("/api/events");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
            Assert.NotNull(second.Headers.RetryAfter);
        }

        for (bool isOpen = false; !isOpen;)
        {
            using HttpResponseMessage again = await _client.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead);
            isOpen = again.IsSuccessStatusCode;
        }
    }

    [Fact]
    public async Task Browsers_that_connect_and_never_read_cost_bounded_memory_and_no_others_answer()
    {
        const int Browsers = 1000;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var sockets = new List<Socket>();
        try
        {
            for (int i = 0; i < Browsers; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
                sockets.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, _client.BaseAddress!.Port);
                await socket.SendAsync("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
            }

            for (int i = 0; i < 20_000; i++)
            {
                Happen(Finished(i));
            }

            Assert.Equal("farm", JsonDocument.Parse(await _client.GetStringAsync("/api/status")).RootElement.GetProperty("network").GetString());
            long more = GC.GetTotalMemory(forceFullCollection: true) - before;
            Assert.True(more < 100 << 20, $"{more >> 20} MiB");
        }
        finally
        {
            sockets.ForEach(static socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Metrics_count_jobs_and_describe_the_farm()
    {
        Happen(Begun(1), Finished(1), Finished(2));
        using var patience = new CancellationTokenSource(Patience);
        string text = "";
        while (!Regex.IsMatch(text, @"icecream_farm_jobs\{[^}]*place=""remote""[^}]*\} 2") && !patience.IsCancellationRequested)
        {
            text = await _client.GetStringAsync("/metrics", CancellationToken.None);
        }

        Assert.False(patience.IsCancellationRequested, text);
        Assert.Contains("user=\"ada\"", text, StringComparison.Ordinal);
        Assert.Matches(@"icecream_farm_slots\{[^}]*worker=""w1""[^}]*\} 4", text);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told_and_the_farm_goes_on()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await using var scheduler = new Nodes.SchedulerNode(new Nodes.SchedulerNodeOptions { Listen = FarmAddress.Memory("s") });
        string said = "";
        Assert.Null(await DashboardServer.TryStartAsync(
            scheduler, new DashboardOptions { Listen = FarmAddress.Tcp("127.0.0.1", int.Parse(port, System.Globalization.CultureInfo.InvariantCulture)) }, line => said = line, NullLoggerFactory.Instance));
        Assert.Contains(port, said, StringComparison.Ordinal);
        Assert.Contains("--dashboard-listen", said, StringComparison.Ordinal);
    }

    private async Task StartAsync(int mostPages)
    {
        var source = new DashboardSource(
            () => new FarmStatus { Network = "farm", Version = "1", Nodes = [new NodeInfo { Name = "w1", Slots = 4, Running = 1 }, new NodeInfo { Name = "ada@desk", State = "agent", Waiting = 2 }] }, _jobs);
        _server = await DashboardServer.StartAsync(
            source, new DashboardOptions { Listen = FarmAddress.Tcp("127.0.0.1", 0), MostPages = mostPages }, TimeProvider.System, NullLoggerFactory.Instance);
        _client.Dispose();
        _client = new HttpClient { Timeout = Patience, BaseAddress = new Uri(_server.Address) };
    }

    private void Happen(params JobEvent[] happened) => _jobs.Hear("ada@desk", "ada", TimeProvider.System.GetUtcNow(), 2, happened);

    private static JobBegun Begun(long number, string subject = "a.cc") => new()
    {
        At = TimeProvider.System.GetUtcNow(), Job = new JobId("ada@desk", number), Subject = subject, Directory = "/home/ada/tree",
    };

    private static JobFinished Finished(long number) => new()
    {
        At = TimeProvider.System.GetUtcNow(),
        Job = new JobId("ada@desk", number),
        Cpu = TimeSpan.FromSeconds(1),
        Record = new JobRecord
        {
            Subject = "a.cc", Directory = "/home/ada/tree", Place = JobPlace.Remote, Worker = "w1", ExitCode = 0, Duration = TimeSpan.FromSeconds(2),
            Timeline = JobTimeline.Empty.With(JobStep.Compile, TimeSpan.FromSeconds(1)),
        },
    };

    private static async Task<JsonElement> UntilAsync(StreamReader reader, string wanted)
    {
        while (true)
        {
            (string name, JsonElement data) = await NextAsync(reader);
            if (name == wanted && data.GetArrayLength() > 0)
            {
                return data;
            }
        }
    }

    private static async Task<(string Name, JsonElement Data)> NextAsync(StreamReader reader)
    {
        string name = "";
        while (await reader.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line["event: ".Length..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return (name, JsonDocument.Parse(line["data: ".Length..]).RootElement);
            }
        }

        throw new EndOfStreamException("The dashboard ended the stream.");
    }

    [GeneratedRegex("""(?:src="|href="|from "\./)([a-z]+\.[a-z]+)""")]
    private static partial Regex Named();

    [GeneratedRegex("""https?://|['"]//[a-z]""")]
    private static partial Regex Elsewhere();
}
