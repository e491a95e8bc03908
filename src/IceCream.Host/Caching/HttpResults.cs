using System.Net;
using System.Net.Http.Headers;
using System.Text;
using IceCream.Caching;
using IceCream.Jobs;

namespace IceCream.Host.Caching;

/// <summary>
/// A shared result cache over the HTTP protocol of ccache's and Bazel's caches: <c>GET</c>, <c>HEAD</c> and <c>PUT</c> of <c>/ac/</c> and <c>/cas/</c> and a digest. bazel-remote
/// (with <c>--disable_http_ac_validation</c>, since our records are not Bazel's) and nginx with WebDAV can serve it.
/// </summary>
internal sealed class HttpResults : ISharedResults
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(2);

    private readonly HttpClient _client;
    private readonly string _base;

    private HttpResults(Uri address, bool isReadOnly, HttpMessageHandler? handler)
    {
        IsReadOnly = isReadOnly;
        Name = new UriBuilder(address) { UserName = "", Password = "" }.Uri.ToString();
        _base = Name.TrimEnd('/');

        // The caller sets deadlines, adapted to the answer times that it observes.
        _client = new HttpClient(handler ?? new SocketsHttpHandler { PooledConnectionIdleTimeout = Idle, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
        if (address.UserInfo.Length > 0)
        {
            _client.DefaultRequestHeaders.Authorization =
                new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo))));
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsReadOnly { get; }

    /// <summary>Creates the store for an address such as <c>http://user:password@cache.example.org:8080/path|read-only</c>.</summary>
    /// <param name="text">The address.</param>
    /// <param name="handler">Sends the requests; null for TCP.</param>
    /// <returns>Null if the text is not such an address.</returns>
    public static HttpResults? Of(string text, HttpMessageHandler? handler = null)
    {
        return Uri.TryCreate(SharedStores.Part(text, out bool isReadOnly), UriKind.Absolute, out Uri? address)
            && address is { Scheme: "http" or "https", Host.Length: > 0, Query: "", Fragment: "" } ? new HttpResults(address, isReadOnly, handler) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<byte[]?> GetAsync(SharedKind kind, Digest name, long limit, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, kind, name, null, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        Require(answer);
        if (answer.Content.Headers.ContentLength > limit)
        {
            throw new IOException($"it sends {answer.Content.Headers.ContentLength} bytes, where {limit} were expected at most");
        }

        using var bytes = new MemoryStream();
        await using Stream stream = await AsIoAsync(() => answer.Content.ReadAsStreamAsync(cancellationToken));
        byte[] buffer = new byte[64 << 10];
        for (int read; (read = await AsIoAsync(() => stream.ReadAsync(buffer, cancellationToken).AsTask())) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > limit)
            {
                throw new IOException($"it sends more than {limit} bytes");
            }
        }

        return bytes.ToArray();
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ContainsAsync(SharedKind kind, Digest name, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Head, kind, name, null, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        Require(answer);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask PutAsync(SharedKind kind, Digest name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Put, kind, name, new ReadOnlyMemoryContent(bytes), cancellationToken);
        Require(answer);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static void Require(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
        {
            throw new IOException($"it answers {(int)answer.StatusCode} to {answer.RequestMessage?.Method}");
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, SharedKind kind, Digest name, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, $"{_base}/{(kind == SharedKind.Record ? "ac" : "cas")}/{name}") { Content = content };
        return await AsIoAsync(() => _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken));
    }

    private static async Task<T> AsIoAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (HttpRequestException e)
        {
            throw new IOException(e.InnerException is null ? e.Message : $"{e.Message} ({e.InnerException.Message})", e);
        }
    }
}
