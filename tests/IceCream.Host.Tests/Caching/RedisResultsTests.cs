using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using IceCream.Caching;
using IceCream.Caching.Sharing;
using IceCream.Host.Caching;
using IceCream.Host.Tests.Kit;
using IceCream.Jobs;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Host.Tests.Caching;

/// <summary>A real Redis server, and what becomes of it.</summary>
public sealed class RedisResultsTests
{
    private static readonly Digest Name = Digest.Of([1]);

    [Fact]
    public async Task Whoever_tells_of_results_without_end_fills_no_memory_and_none_is_lost_unseen()
    {
        Channel<Digest?> names = Channel.CreateBounded<Digest?>(2);
        RedisResults.Tell(names, "no digest");
        for (int i = 0; i < 10; i++)
        {
            RedisResults.Tell(names, Name.ToString());
        }

        Assert.Equal((Digest?)Name, await names.Reader.ReadAsync());
        Assert.Equal((Digest?)Name, await names.Reader.ReadAsync());
        await Assert.ThrowsAsync<IOException>(() => names.Reader.Completion);
    }

    [NeedsRedis]
    public async Task What_is_put_is_there_under_our_names()
    {
        using RedisServer server = await RedisServer.StartAsync();
        using RedisResults results = RedisResults.Of($"redis://127.0.0.1:{server.Port}/2")!;
        Assert.Null(await results.GetAsync(SharedKind.Blob, Name, 100, default));
        Assert.False(await results.ContainsAsync(SharedKind.Blob, Name, default));
        await results.PutAsync(SharedKind.Blob, Name, "bytes"u8.ToArray(), default);
        await results.PutAsync(SharedKind.Record, Name, "record"u8.ToArray(), default);

        Assert.True(await results.ContainsAsync(SharedKind.Blob, Name, default));
        Assert.Equal("bytes"u8.ToArray(), await results.GetAsync(SharedKind.Blob, Name, 5, default));
        Assert.Equal("record"u8.ToArray(), await results.GetAsync(SharedKind.Record, Name, 100, default));
        await server.SayAsync("SWAPDB", "0", "2");
        Assert.Equal(":1", await server.SayAsync("EXISTS", $"icecream:cas:{Name}"));
        Assert.Equal(":1", await server.SayAsync("EXISTS", $"icecream:ac:{Name}"));
        Assert.Equal($"redis:127.0.0.1:{server.Port}", results.Name);
    }

    [NeedsRedis]
    public async Task A_claim_is_one_agents_until_it_gives_it_back_or_its_time_is_over()
    {
        using RedisServer server = await RedisServer.StartAsync();
        using RedisResults one = RedisResults.Of($"redis://127.0.0.1:{server.Port}")!, other = RedisResults.Of($"redis://127.0.0.1:{server.Port}|read-only")!;
        TimeSpan hour = TimeSpan.FromHours(1);
        Assert.True(await one.ClaimAsync(Name, "one", hour, default));
        Assert.False(await other.ClaimAsync(Name, "other", hour, default));
        Assert.True(await one.ClaimAsync(Name, "one", hour, default));
        await other.ReleaseAsync(Name, "other", default);
        Assert.False(await other.ClaimAsync(Name, "other", hour, default));
        await one.ReleaseAsync(Name, "one", default);
        Assert.True(await other.ClaimAsync(Name, "other", TimeSpan.FromMilliseconds(1), default));
        while (await one.ClaimAsync(Name, "one", hour, default) != true)
        {
        }
    }

    [NeedsRedis]
    public async Task Who_may_not_write_claims_nothing_and_reads_on()
    {
        using RedisServer server = await RedisServer.StartAsync(0, "--user", "ada", "on", ">ada@1", "+@all", "-@write", "%R~icecream:*");
        using RedisResults results = RedisResults.Of($"redis://ada:ada%401@127.0.0.1:{server.Port}")!;
        Assert.Null(await results.ClaimAsync(Name, "ada", TimeSpan.FromHours(1), default));
        Assert.Null(await results.GetAsync(SharedKind.Record, Name, 100, default));
    }

    [NeedsRedis]
    public async Task Which_records_are_there_is_told_and_then_which_come_until_the_server_is_lost()
    {
        using RedisServer server = await RedisServer.StartAsync();
        using RedisResults one = RedisResults.Of($"redis://127.0.0.1:{server.Port}/2")!, other = RedisResults.Of($"redis://127.0.0.1:{server.Port}/2")!;
        for (int number = 0; number < 2500; number++)
        {
            await one.PutAsync(SharedKind.Record, Digest.Of(BitConverter.GetBytes(number)), "record"u8.ToArray(), default);
            await one.PutAsync(SharedKind.Blob, Digest.Of(BitConverter.GetBytes(-number)), "bytes"u8.ToArray(), default);
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using IAsyncEnumerator<Digest?> names = other.WatchAsync(patience.Token).GetAsyncEnumerator(patience.Token);
        var told = new HashSet<Digest>();
        while (await names.MoveNextAsync() && names.Current is { } name)
        {
            told.Add(name);
        }

        Assert.Equal(2500, told.Count);
        await one.PutAsync(SharedKind.Record, Name, "record"u8.ToArray(), default);
        Assert.True(await names.MoveNextAsync());
        Assert.Equal(Name, names.Current);

        server.Kill();
        await Assert.ThrowsAsync<IOException>(async () => await names.MoveNextAsync());
    }

    [NeedsRedis]
    public async Task What_is_too_long_or_no_string_is_not_taken()
    {
        using RedisServer server = await RedisServer.StartAsync();
        using RedisResults results = RedisResults.Of($"redis://127.0.0.1:{server.Port}")!;
        await results.PutAsync(SharedKind.Blob, Name, new byte[1000], default);
        Assert.Contains("more than 999 bytes", await ReasonAsync(() => results.GetAsync(SharedKind.Blob, Name, 999, default).AsTask()), StringComparison.Ordinal);
        await server.SayAsync("LPUSH", $"icecream:ac:{Name}", "garbage");
        Assert.Contains("WRONGTYPE", await ReasonAsync(() => results.GetAsync(SharedKind.Record, Name, 999, default).AsTask()), StringComparison.Ordinal);
    }

    [NeedsRedis]
    public async Task Who_may_not_come_in_is_told_so()
    {
        using RedisServer server = await RedisServer.StartAsync(0, "--requirepass", "secret", "--user", "ada", "on", ">ada@1", "+@all", "~icecream:*");
        foreach (string user in (string[])[":wrong@", "ada:secret@", "nobody:secret@"])
        {
            using RedisResults refused = RedisResults.Of($"redis://{user}127.0.0.1:{server.Port}")!;
            await RefusesAsync(refused, "it does not let this agent in");
            Assert.DoesNotContain("secret", refused.Name, StringComparison.Ordinal);
        }

        using RedisResults without = RedisResults.Of($"redis://127.0.0.1:{server.Port}")!;
        await ReasonAsync(() => without.GetAsync(SharedKind.Blob, Name, 999, default).AsTask());
        foreach (string user in (string[])[":secret@", "ada:ada%401@", "default:secret@"])
        {
            using RedisResults results = RedisResults.Of($"redis://{user}127.0.0.1:{server.Port}")!;
            await results.PutAsync(SharedKind.Blob, Name, new byte[10], default);
        }
    }

    [NeedsRedis]
    public async Task A_certificate_that_nobody_knows_is_not_believed()
    {
        using var folder = new TestFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        string certificateFile = folder.Write("cert.pem", certificate.ExportCertificatePem()), keyFile = folder.Write("key.pem", key.ExportPkcs8PrivateKeyPem());
        int port = RedisServer.FreePort();
        using RedisServer server = await RedisServer.StartAsync(
            port, "--tls-port", $"{port}", "--tls-cert-file", certificateFile, "--tls-key-file", keyFile, "--tls-ca-cert-file", certificateFile, "--tls-auth-clients", "no");
        using RedisResults results = RedisResults.Of($"rediss://127.0.0.1:{port}")!;
        await RefusesAsync(results, "certificate");
    }

    [NeedsRedis]
    public async Task A_server_that_was_killed_is_used_again_when_it_is_back()
    {
        RedisServer server = await RedisServer.StartAsync();
        using RedisResults results = RedisResults.Of($"redis://127.0.0.1:{server.Port}")!;
        await results.PutAsync(SharedKind.Blob, Name, new byte[10], default);
        server.Dispose();
        await ReasonAsync(() => results.GetAsync(SharedKind.Blob, Name, 999, default).AsTask());

        using RedisServer another = await RedisServer.StartAsync(server.Port);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                // It has forgotten all.
                Assert.Null(await results.GetAsync(SharedKind.Blob, Name, 999, patience.Token));
                return;
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
            }
        }
    }

    [NeedsRedis]
    public async Task A_server_that_is_full_says_so_and_still_gives()
    {
        using RedisServer server = await RedisServer.StartAsync();
        using RedisResults results = RedisResults.Of($"redis://127.0.0.1:{server.Port}")!;
        await results.PutAsync(SharedKind.Blob, Name, new byte[10], default);
        await server.SayAsync("CONFIG", "SET", "maxmemory", "1");
        Assert.Contains("OOM", await ReasonAsync(() => results.PutAsync(SharedKind.Blob, Digest.Of([2]), new byte[1 << 20], default).AsTask()), StringComparison.Ordinal);
        Assert.NotNull(await results.GetAsync(SharedKind.Blob, Name, 10, default));
    }

    /// <summary>The server takes questions and answers none: no question waits longer than its deadline, and soon none is asked.</summary>
    [NeedsRedis]
    public async Task A_server_that_pauses_is_not_waited_for()
    {
        using RedisServer server = await RedisServer.StartAsync();
        using RedisResults results = RedisResults.Of($"redis://127.0.0.1:{server.Port}")!;
        await results.PutAsync(SharedKind.Blob, Name, new byte[10], default);
        var counters = new CacheCounters();
        var access = new SharedAccess(results, counters, TimeProvider.System, NullLogger<SharedAccess>.Instance);
        await server.SayAsync("CLIENT", "PAUSE", "600000");
        long since = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < 20; i++)
        {
            Assert.Null(await access.AskAsync(0, (store, cancelled) => store.GetAsync(SharedKind.Blob, Name, 999, cancelled), default));
        }

        Assert.Equal(3, counters.Of("shared: it does not answer in time"));
        Assert.Equal(17, counters.Of("shared: left alone for a while"));
        Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Where_nobody_listens_that_is_said()
    {
        using RedisResults results = RedisResults.Of($"redis://127.0.0.1:{RedisServer.FreePort()}")!;
        await ReasonAsync(() => results.GetAsync(SharedKind.Blob, Name, 999, default).AsTask());
    }

    [Theory]
    [InlineData("http://host", false, false)]
    [InlineData("host:80", false, false)]
    [InlineData("redis://", false, false)]
    [InlineData("redis://host/?x", false, false)]
    [InlineData("redis://host/three", false, false)]
    [InlineData("redis://password@host", false, false)]
    [InlineData("redis:", false, false)]
    [InlineData("redis:one:1,nonsense=yes", false, false)]
    [InlineData("redis://host", true, false)]
    [InlineData("rediss://ada:p%40ss@host:1/3|read-only", true, true)]
    [InlineData("redis:one:26379,two:26379,serviceName=farm,password=secret|read-only", true, true)]
    public void An_address_is_of_redis_or_none(string text, bool isOne, bool isReadOnly)
    {
        using RedisResults? results = RedisResults.Of(text);
        Assert.Equal((isOne, isReadOnly), (results is not null, results?.IsReadOnly ?? false));
        Assert.DoesNotContain("secret", results?.Name ?? "", StringComparison.Ordinal);
    }

    /// <summary>The end of a connection may be known before its reason: that comes with one of the next attempts.</summary>
    private static async Task RefusesAsync(RedisResults results, string expected)
    {
        string reason = "";
        long since = Stopwatch.GetTimestamp();
        while (!reason.Contains(expected, StringComparison.Ordinal) && Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(30))
        {
            reason = await ReasonAsync(() => results.GetAsync(SharedKind.Blob, Name, 999, default).AsTask());
            await Task.Yield();
        }

        Assert.Contains(expected, reason, StringComparison.Ordinal);
    }

    private static async Task<string> ReasonAsync(Func<Task> ask) =>
        (await Assert.ThrowsAsync<IOException>(() => ask().WaitAsync(TimeSpan.FromSeconds(60)))).Message;
}
