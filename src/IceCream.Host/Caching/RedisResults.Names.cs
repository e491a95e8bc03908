using System.Runtime.CompilerServices;
using System.Threading.Channels;
using IceCream.Jobs;
using StackExchange.Redis;

namespace IceCream.Host.Caching;

/// <content>Which records are there: those that a walk through the server's keys finds, and those of which their writers tell on a channel meanwhile and from then on.</content>
internal sealed partial class RedisResults
{
    private const string Records = "icecream:ac:";
    private const int KeysAtOnce = 1000;

    private static readonly RedisChannel Told = RedisChannel.Literal("icecream:told");

    /// <inheritdoc/>
    public async IAsyncEnumerable<Digest?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ConnectionMultiplexer connection = await AsIoAsync(() => _connection.Value.WaitAsync(cancellationToken));
        Channel<Digest?> names = Channel.CreateUnbounded<Digest?>();
        EventHandler<ConnectionFailedEventArgs> lose = (_, failure) => names.Writer.TryComplete(new IOException(Describe(failure.FailureType, failure.Exception)));
        connection.ConnectionFailed += lose;
        ChannelMessageQueue? told = null;
        try
        {
            // First the channel, then the walk: what comes during the walk is told by one of them.
            told = await AsIoAsync(() => connection.GetSubscriber().SubscribeAsync(Told).WaitAsync(cancellationToken));
            told.OnMessage(message => Tell(names, message.Message));
            IServer[] servers = [.. connection.GetServers().Where(static server => !server.IsReplica)];
            if (servers.Length == 0 || Array.Exists(servers, static server => !server.IsConnected))
            {
                // What lies there would be taken for absent.
                throw new IOException("not all of its servers are connected");
            }

            foreach (IServer server in servers)
            {
                await using IAsyncEnumerator<RedisKey> keys = server.KeysAsync(-1, Records + "*", KeysAtOnce).GetAsyncEnumerator(cancellationToken);
                while (await AsIoAsync(() => keys.MoveNextAsync().AsTask().WaitAsync(cancellationToken)))
                {
                    if (Digest.TryParse(keys.Current.ToString().AsSpan(Records.Length), out Digest name))
                    {
                        yield return name;
                    }
                }
            }

            yield return null;
            await foreach (Digest? name in names.Reader.ReadAllAsync(cancellationToken))
            {
                yield return name;
            }
        }
        finally
        {
            connection.ConnectionFailed -= lose;
            told?.Unsubscribe(CommandFlags.FireAndForget);
        }
    }

    private static void Tell(Channel<Digest?> names, RedisValue message)
    {
        if (Digest.TryParse(message.ToString(), out Digest name))
        {
            names.Writer.TryWrite(name);
        }
    }

    /// <summary>Nobody is waited for, and who may not tell is not heard: then others learn of the record by their next walk.</summary>
    private async ValueTask TellNameAsync(Digest name, CancellationToken cancellationToken)
    {
        try
        {
            ConnectionMultiplexer connection = await _connection.Value.WaitAsync(cancellationToken);
            await connection.GetSubscriber().PublishAsync(Told, name.ToString(), CommandFlags.FireAndForget);
        }
        catch (RedisException)
        {
            // The record itself has arrived.
        }
    }

    private static async Task<T> AsIoAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is RedisException or RedisTimeoutException or RedisCommandException)
        {
            throw new IOException(Describe((e as RedisConnectionException)?.FailureType, e), e);
        }
    }
}
