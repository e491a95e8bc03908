using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IceCream.Caching;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Storage;
using StackExchange.Redis;

namespace IceCream.Host.Caching;

/// <summary>
/// A shared result cache in a Redis-compatible server (Redis, Valkey, Garnet). Keys: <c>icecream:ac:</c> and the command's key for records, <c>icecream:cas:</c> and the digest for
/// blobs, each one string that is set atomically and compressed if that saves room; <c>icecream:claim:</c> for claims. The server's <c>maxmemory-policy</c> decides what it evicts.
/// </summary>
/// <remarks>The first request opens the connection, and a lost one is reopened in the background; without a connection every request fails at once.</remarks>
internal sealed partial class RedisResults : ISharedResults, ISharedClaims, ISharedNames
{
    private const string Plain = "redis", Encrypted = "rediss";
    private const int DefaultPort = 6379, LongestReason = 120;

    /// <summary>Starts the reason if the server refuses this agent.</summary>
    private const string Refused = "it does not let this agent in";

    /// <summary>The server's errors for a missing password, a wrong one, and a missing permission.</summary>
    private static readonly string[] Refusals = ["NOAUTH", "WRONGPASS", "NOPERM"];

    /// <summary>The server's errors to clients that may not write.</summary>
    private static readonly string[] MayNotWrite = ["NOPERM", "READONLY"];

    /// <summary>The longest value in bytes: the server's limit for one string is 512 MiB.</summary>
    private const int LongestValue = (512 << 20) - 1;

    private readonly ConfigurationOptions _options;
    private readonly Lazy<Task<ConnectionMultiplexer>> _connection;
    private volatile string? _lost;

    private RedisResults(ConfigurationOptions options, bool isReadOnly)
    {
        IsReadOnly = isReadOnly;
        Name = $"{(options.Ssl ? Encrypted : Plain)}:{string.Join(',', options.EndPoints.Select(static endpoint => endpoint is DnsEndPoint named ? $"{named.Host}:{named.Port}" : endpoint.ToString()))}";
        _options = options;
        _options.ClientName = "icecream";
        _options.AbortOnConnectFail = false;
        _options.BacklogPolicy = BacklogPolicy.FailFast;
        _options.IncludeDetailInExceptions = false;
        _connection = new Lazy<Task<ConnectionMultiplexer>>(ConnectAsync);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsReadOnly { get; }

    /// <summary>
    /// Creates the store for an address: <c>redis://[[user]:password@]host[:port][/database]</c>, <c>rediss://</c> for TLS, or <c>redis:</c> and a connection string of
    /// StackExchange.Redis, which names the servers of a cluster or its sentinels.
    /// </summary>
    /// <returns>Null if the text is not such an address.</returns>
    public static RedisResults? Of(string text)
    {
        text = SharedStores.Part(text, out bool isReadOnly);
        ConfigurationOptions? options = text.StartsWith(Plain + "://", StringComparison.Ordinal) || text.StartsWith(Encrypted + "://", StringComparison.Ordinal) ? OfAddress(text)
            : text.StartsWith(Plain + ":", StringComparison.Ordinal) ? OfConnectionString(text[(Plain.Length + 1)..])
            : null;
        return options is null ? null : new RedisResults(options, isReadOnly);
    }

    /// <inheritdoc/>
    public async ValueTask<byte[]?> GetAsync(SharedKind kind, Digest name, long limit, CancellationToken cancellationToken)
    {
        // A missing key gives an empty text, and so would an empty value. There are none: no record is empty, and everybody has the empty blob, so nobody tells or asks for it.
        // The inclusive range reads one byte more than allowed, which reveals any longer value. A compressed value is shorter.
        RedisValue value = await AskAsync(database => database.StringGetRangeAsync(KeyOf(kind, name), 0, limit), cancellationToken);
        return value.IsNullOrEmpty ? null
            : value.Length() <= limit ? Unpacked((byte[])value!, limit)
            : throw new IOException($"it has more than {limit} bytes where fewer were expected");
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ContainsAsync(SharedKind kind, Digest name, CancellationToken cancellationToken) =>
        await AskAsync(database => database.KeyExistsAsync(KeyOf(kind, name)), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask PutAsync(SharedKind kind, Digest name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length > LongestValue)
        {
            throw new IOException($"it takes no more than {LongestValue} bytes at once");
        }

        ReadOnlyMemory<byte> value = PackedBytes.Pack(bytes.Span) ?? bytes;
        await AskAsync(database => database.StringSetAsync(KeyOf(kind, name), value), cancellationToken);
        if (kind == SharedKind.Record)
        {
            await TellNameAsync(name, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool?> ClaimAsync(Digest name, string owner, TimeSpan duration, CancellationToken cancellationToken)
    {
        RedisKey key = ClaimTo(name);
        try
        {
            return await AskAsync(database => database.LockTakeAsync(key, owner, duration), cancellationToken)
                || await AskAsync(database => database.LockExtendAsync(key, owner, duration), cancellationToken);
        }
        catch (IOException e) when (Array.Exists(MayNotWrite, word => e.Message.Contains(word, StringComparison.Ordinal)))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(Digest name, string owner, CancellationToken cancellationToken) =>
        await AskAsync(database => database.LockReleaseAsync(ClaimTo(name), owner), cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_connection is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: { } connection } })
        {
            connection.Close(allowCommandsToComplete: false);
            connection.Dispose();
        }
    }

    private static ConfigurationOptions? OfAddress(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || address is not { Host.Length: > 0, Query: "", Fragment: "" })
        {
            return null;
        }

        var options = new ConfigurationOptions { Ssl = address.Scheme == Encrypted };
        options.EndPoints.Add(address.IdnHost, address.Port > 0 ? address.Port : DefaultPort);
        if (options.Ssl)
        {
            options.SslHost = address.IdnHost;
        }

        if (address.UserInfo.Length > 0)
        {
            string[] parts = address.UserInfo.Split(':', 2);
            if (parts.Length != 2)
            {
                return null;
            }

            options.User = parts[0].Length == 0 ? null : Uri.UnescapeDataString(parts[0]);
            options.Password = Uri.UnescapeDataString(parts[1]);
        }

        string database = address.AbsolutePath.Trim('/');
        if (database.Length == 0)
        {
            return options;
        }

        options.DefaultDatabase = int.TryParse(database, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
        return options.DefaultDatabase is null ? null : options;
    }

    private static ConfigurationOptions? OfConnectionString(string text)
    {
        try
        {
            ConfigurationOptions options = ConfigurationOptions.Parse(text);
            return options.EndPoints.Count == 0 ? null : options;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Bytes that only look compressed are returned unchanged: the caller checks the digest.</summary>
    private static byte[] Unpacked(byte[] bytes, long limit) => PackedBytes.Unpack(bytes, limit) ?? bytes;

    private static RedisKey ClaimTo(Digest name) => $"icecream:claim:{name}";

    private static RedisKey KeyOf(SharedKind kind, Digest name) => $"icecream:{(kind == SharedKind.Record ? "ac" : "cas")}:{name}";

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        try
        {
            ConfigurationOptions first = _options.Clone();
            first.AbortOnConnectFail = true;
            return Watched(await ConnectionMultiplexer.ConnectAsync(first));
        }
        catch (RedisConnectionException e)
        {
            // Only a connect that gives up (AbortOnConnectFail) reliably reports its reason. The second connect keeps retrying.
            _lost = Describe(e.FailureType, e);
            return Watched(await ConnectionMultiplexer.ConnectAsync(_options));
        }
    }

    private ConnectionMultiplexer Watched(ConnectionMultiplexer connection)
    {
        connection.ConnectionFailed += (_, failure) => Lose(failure);
        connection.ConnectionRestored += (_, _) => _lost = null;
        return connection;
    }

    /// <summary>If several connections end together, the first has the reason; a later 'cancelled' or 'aborted' does not replace it.</summary>
    private void Lose(ConnectionFailedEventArgs failure)
    {
        if (_lost is null || failure.Exception?.GetBaseException() is not (OperationCanceledException or SocketException { SocketErrorCode: SocketError.OperationAborted } or null))
        {
            _lost = Describe(failure.FailureType, failure.Exception);
        }
    }

    private async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            ConnectionMultiplexer connection = await _connection.Value.WaitAsync(cancellationToken);
            return await ask(connection.GetDatabase()).WaitAsync(cancellationToken);
        }
        catch (RedisServerException e)
        {
            throw new IOException(Shorten(e.Message), e);
        }
        catch (Exception e) when (e is RedisException or RedisTimeoutException or RedisCommandException)
        {
            throw new IOException(_lost ?? Describe((e as RedisConnectionException)?.FailureType, e), e);
        }
    }

    /// <summary>Why there is no connection, with the message of the innermost exception, which is the plainest.</summary>
    private static string Describe(ConnectionFailureType? type, Exception? exception)
    {
        Exception? cause = exception;
        while (cause?.InnerException is { } inner)
        {
            cause = inner;
        }

        string words = cause is null ? "" : $": {cause.Message}";
        bool isRefused = type == ConnectionFailureType.AuthenticationFailure || Array.Exists(Refusals, word => words.Contains(word, StringComparison.Ordinal));
        return Shorten((isRefused ? Refused : "there is no connection") + words);
    }

    private static string Shorten(string words) => ShortText.Cut(words.ReplaceLineEndings(" "), LongestReason);
}
