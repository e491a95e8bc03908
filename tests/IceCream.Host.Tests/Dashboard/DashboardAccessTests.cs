using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using IceCream.Host.Dashboard;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Monitoring;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Host.Tests.Dashboard;

/// <summary>A secure farm's dashboard beyond loopback: within the farm's TLS, and for who shows a read token.</summary>
public sealed class DashboardAccessTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-access-").FullName;
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly FarmJobs _jobs = new(new BuildHistory(null, NullLogger.Instance), TimeProvider.System);
    private FarmAuthority? _authority;
    private DashboardServer? _server;
    private HttpClient? _client;

    public async Task InitializeAsync()
    {
        _authority = FarmAuthority.Open(_folder, "farm", _time);
        _server = await DashboardServer.StartAsync(
            new DashboardSource(static () => new FarmStatus { Network = "farm" }, _jobs),
            new DashboardOptions { Listen = FarmAddress.Tcp("127.0.0.1", 0), Access = new DashboardAccess(_authority, _time) }, TimeProvider.System, NullLoggerFactory.Instance);
        _client = Client(IsOfFarm);
    }

    public async Task DisposeAsync()
    {
        _client!.Dispose();
        await _server!.DisposeAsync();
        _authority!.Dispose();
        _jobs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("/api/status")]
    [InlineData("/api/events")]
    [InlineData("/api/timeline?from=0&to=1000")]
    [InlineData("/metrics")]
    [InlineData("/nothing")]
    public async Task Nothing_of_the_farm_is_told_without_a_token_or_with_one_in_the_address(string path)
    {
        string token = _authority!.CreateReadToken(TimeSpan.FromHours(1));
        foreach (string asked in (string[])[path, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}token={token}"])
        {
            using HttpResponseMessage answer = await _client!.GetAsync(asked);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Contains("icehost token --role reader", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_page_itself_is_no_secret() => Assert.Contains("IceLib", await _client!.GetStringAsync("/"), StringComparison.Ordinal);

    [Fact]
    public async Task A_program_shows_its_token_with_each_request_until_its_time_is_over()
    {
        string token = _authority!.CreateReadToken(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(token));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(token + "x"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(_authority.CreateToken(NodeRoles.Monitor, TimeSpan.FromHours(1))));
        _time.Advance(TimeSpan.FromHours(1.1));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(token));
    }

    [Fact]
    public async Task A_browser_brings_its_token_once_and_has_a_cookie_that_no_script_reads()
    {
        using HttpResponseMessage refused = await _client!.PostAsync("/api/session", new StringContent("iceread1.nothing"));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.False(refused.Headers.Contains("Set-Cookie"));
        using HttpResponseMessage answer = await _client.PostAsync("/api/session", new StringContent(_authority!.CreateReadToken(TimeSpan.FromHours(1))));
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        string cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith("__Host-", cookie, StringComparison.Ordinal);
        Assert.All(["httponly", "secure", "samesite=strict", "path=/"], word => Assert.Contains(word, cookie, StringComparison.OrdinalIgnoreCase));

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/status");
        request.Headers.Add("Cookie", cookie.Split(';')[0]);
        using HttpResponseMessage seen = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, seen.StatusCode);
    }

    [Fact]
    public async Task Another_site_cannot_have_a_browser_bring_a_token()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/session") { Content = new StringContent(_authority!.CreateReadToken(TimeSpan.FromHours(1))) };
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        using HttpResponseMessage answer = await _client!.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task What_is_longer_than_any_token_is_refused()
    {
        // Whoever asks first is answered before it sends all that.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/session") { Content = new StringContent(new string('x', 100_000)) };
        request.Headers.ExpectContinue = true;
        using HttpResponseMessage answer = await _client!.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task A_token_outlives_the_scheduler_and_is_stored_nowhere()
    {
        string token = _authority!.CreateReadToken(TimeSpan.FromHours(1));
        using var again = FarmAuthority.Open(_folder, "farm", _time);
        Assert.NotNull(again.MayReadUntil(token));
        Assert.DoesNotContain(Directory.GetFiles(_folder), file => File.ReadAllText(file).Contains(token["iceread1.".Length..], StringComparison.Ordinal));
        await Task.CompletedTask;
    }

    /// <summary>Who knows the farm's authority knows that it is its dashboard; who does not is warned.</summary>
    [Fact]
    public async Task The_server_shows_a_certificate_of_the_farm()
    {
        using var plain = Client(static (_, _, _, errors) => errors == SslPolicyErrors.None);
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetStringAsync("/"));
        await _client!.GetStringAsync("/");
        using var clear = new HttpClient { BaseAddress = new UriBuilder(_client.BaseAddress!) { Scheme = "http" }.Uri };
        await Assert.ThrowsAsync<HttpRequestException>(() => clear.GetStringAsync("/"));
    }

    private async Task<HttpStatusCode> AskAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using HttpResponseMessage answer = await _client!.SendAsync(request);
        return answer.StatusCode;
    }

    private HttpClient Client(Func<HttpRequestMessage, X509Certificate2?, X509Chain?, SslPolicyErrors, bool> believes) =>
        new(new HttpClientHandler { ServerCertificateCustomValidationCallback = believes, UseCookies = false }) { BaseAddress = new UriBuilder(_server!.Address) { Host = "localhost" }.Uri, Timeout = TimeSpan.FromSeconds(60) };

    private bool IsOfFarm(HttpRequestMessage request, X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && _authority!.Trust.Examine(certificate, _time.GetUtcNow(), TimeSpan.Zero, out _) is null;
}
