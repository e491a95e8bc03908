using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IceCream.Caching;
using IceCream.Jobs;
using IceCream.Storage;
using StackExchange.Redis;

namespace IceCream.Host.Caching;

/// <summary>
/// Shared results in a server that speaks Redis's protocol: Redis, Valkey, Garnet. Records lie under <c>icecream:ac:</c> and the command's key, bytes under <c>icecream:cas:</c> and their
/// digest, each in one string that is set at once and packed where that saves room, claims under <c>icecream:claim:</c>. What is to go when the server is full is the server's to say (<c>maxmemory-policy</c>).
/// </summary>
/// <remarks>The connection is made when it is first used, and again behind the caller's back when it was lost; while there is none, every question fails at once.</remarks>
internal sealed partial class RedisResults : ISharedResults, ISharedClaims, ISharedNames
{
    private const string Plain = "redis", Encrypted = "rediss";
    private const int DefaultPort = 6379, LongestReason = 120;

    /// <summary>How a reason begins that is about who asks.</summary>
    private const string Refused = "it does not let this agent in";

    /// <summary>What a server says to those who have no password, or a wrong one, or may not do what they ask.</summary>
    private static readonly string[] Refusals = ["NOAUTH", "WRONGPASS", "NOPERM"];

    /// <summary>What it says to those who may read and not write.</summary>
    private static readonly string[] MayNotWrite = ["NOPERM", "READONLY"];

    /// <summary>The server's own limit to one string is 512 MiB.</summary>
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
    /// The store of an address: <c>redis://[[user]:password@]host[:port][/database]</c>, <c>rediss://</c> for TLS, or <c>redis:</c> and a connection string of
    /// StackExchange.Redis, which names the servers of a cluster or its sentinels.
    /// </summary>
    /// <returns>Null when it is no such address.</returns>
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
        // One byte more than is allowed shows that there are too many, however many there are. Packed they are fewer.
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

    /// <summary>What only looks packed is as it is: whoever asked knows its digest.</summary>
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
            // Only an attempt that gives up tells its reason for certain. The next one goes on trying.
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

    /// <summary>Of several connections that end together the first has the reason; that the others were given up says less.</summary>
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

    /// <summary>Why there is no connection, in the innermost and plainest words of those who tried.</summary>
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

    private static string Shorten(string words)
    {
        words = words.ReplaceLineEndings(" ");
        return words.Length <= LongestReason ? words : words[..LongestReason];
    }
}
