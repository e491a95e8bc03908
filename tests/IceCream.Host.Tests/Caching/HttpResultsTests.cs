using System.Collections.Concurrent;
using System.Net;
using System.Text;
using IceCream.Caching;
using IceCream.Host.Caching;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Host.Tests.Caching;

/// <summary>The protocol of <c>/ac/</c> and <c>/cas/</c>, over a real socket.</summary>
public sealed class HttpResultsTests : IDisposable
{
    private static readonly Digest Name = Digest.Of([1]);

    private readonly HttpListener _server = new();
    private readonly ConcurrentDictionary<string, byte[]> _things = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly string _address;
    private HttpStatusCode? _fault;

    public HttpResultsTests()
    {
        // The kernel gives a port that nobody has, and the listener takes it a moment later.
        using (var socket = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            socket.Start();
            _address = $"127.0.0.1:{((IPEndPoint)socket.LocalEndpoint).Port}";
        }

        _server.Prefixes.Add($"http://{_address}/");
        _server.Start();
        _ = ServeAsync();
    }

    public void Dispose() => _server.Close();

    [Fact]
    public async Task What_is_put_is_there_under_the_names_of_the_protocol()
    {
        using HttpResults results = HttpResults.Of($"http://ada:se%20cret@{_address}/path/")!;
        Assert.Null(await results.GetAsync(SharedKind.Blob, Name, 100, default));
        Assert.False(await results.ContainsAsync(SharedKind.Blob, Name, default));
        await results.PutAsync(SharedKind.Blob, Name, "bytes"u8.ToArray(), default);
        await results.PutAsync(SharedKind.Record, Name, "record"u8.ToArray(), default);

        Assert.True(await results.ContainsAsync(SharedKind.Blob, Name, default));
        Assert.Equal("bytes"u8.ToArray(), await results.GetAsync(SharedKind.Blob, Name, 100, default));
        Assert.Equal("record"u8.ToArray(), await results.GetAsync(SharedKind.Record, Name, 100, default));
        Assert.Equal([$"/path/ac/{Name}", $"/path/cas/{Name}"], _things.Keys.Order(StringComparer.Ordinal));
        Assert.All(_requests, request => Assert.EndsWith(" Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("ada:se cret")), request, StringComparison.Ordinal));
        Assert.Equal($"http://{_address}/path/", results.Name);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.Redirect)]
    [InlineData(HttpStatusCode.InsufficientStorage)]
    public async Task What_a_server_refuses_is_an_error_with_its_number(HttpStatusCode fault)
    {
        using HttpResults results = HttpResults.Of($"http://{_address}")!;
        _fault = fault;
        Assert.Contains($"{(int)fault}", (await Assert.ThrowsAsync<IOException>(() => results.GetAsync(SharedKind.Blob, Name, 100, default).AsTask())).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => results.PutAsync(SharedKind.Blob, Name, new byte[1], default).AsTask());
    }

    [Fact]
    public async Task More_bytes_than_expected_are_not_taken()
    {
        using HttpResults results = HttpResults.Of($"http://{_address}")!;
        await results.PutAsync(SharedKind.Blob, Name, new byte[1000], default);
        await Assert.ThrowsAsync<IOException>(() => results.GetAsync(SharedKind.Blob, Name, 999, default).AsTask());
    }

    [Fact]
    public async Task Where_nobody_listens_that_is_said()
    {
        _server.Close();
        using HttpResults results = HttpResults.Of($"http://{_address}")!;
        await Assert.ThrowsAsync<IOException>(() => results.GetAsync(SharedKind.Blob, Name, 999, default).AsTask());
    }

    [Theory]
    [InlineData("redis://host", false, false)]
    [InlineData("host:80", false, false)]
    [InlineData("http://", false, false)]
    [InlineData("http://host/?x", false, false)]
    [InlineData("https://host/a|read-only", true, true)]
    [InlineData("http://host:80", true, false)]
    public void An_address_is_http_or_none(string text, bool isOne, bool isReadOnly)
    {
        using HttpResults? results = HttpResults.Of(text);
        Assert.Equal((isOne, isReadOnly), (results is not null, results?.IsReadOnly ?? false));
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                Answer(await _server.GetContextAsync());
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Answer(HttpListenerContext context)
    {
        string path = context.Request.Url!.AbsolutePath;
        _requests.Enqueue($"{context.Request.HttpMethod} {path} {context.Request.Headers["Authorization"]}");
        byte[] answer = [];
        HttpStatusCode status = _fault ?? HttpStatusCode.OK;
        if (_fault is null && context.Request.HttpMethod == "PUT")
        {
            using var bytes = new MemoryStream();
            context.Request.InputStream.CopyTo(bytes);
            _things[path] = bytes.ToArray();
        }
        else if (_fault is null)
        {
            status = _things.TryGetValue(path, out byte[]? thing) ? HttpStatusCode.OK : HttpStatusCode.NotFound;
            answer = context.Request.HttpMethod == "GET" ? thing ?? [] : [];
        }

        context.Response.StatusCode = (int)status;
        context.Response.Close(answer, willBlock: false);
    }
}
