using System.Runtime.CompilerServices;
using System.Threading.Channels;
using IceCream.Jobs;
using StackExchange.Redis;

namespace IceCream.Host.Caching;

/// <content>Lists the records in the store: a scan of the servers' keys finds the existing ones, and their writers publish new ones on a channel.</content>
internal sealed partial class RedisResults
{
    private const string Records = "icecream:ac:";
    private const int KeysAtOnce = 1000;

    /// <summary>How many new names may wait to be read: who publishes more of them is not listened to, and all are listed anew after a pause.</summary>
    internal const int MostWaiting = 64 << 10;

    private static readonly RedisChannel Told = RedisChannel.Literal("icecream:told");

    /// <inheritdoc/>
    public async IAsyncEnumerable<Digest?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ConnectionMultiplexer connection = await AsIoAsync(() => _connection.Value.WaitAsync(cancellationToken));
        Channel<Digest?> names = Channel.CreateBounded<Digest?>(MostWaiting);
        EventHandler<ConnectionFailedEventArgs> lose = (_, failure) => names.Writer.TryComplete(new IOException(Describe(failure.FailureType, failure.Exception)));
        connection.ConnectionFailed += lose;
        ChannelMessageQueue? told = null;
        try
        {
            // Subscribe before the scan, so that a record written during the scan is found by one of the two.
            told = await AsIoAsync(() => connection.GetSubscriber().SubscribeAsync(Told).WaitAsync(cancellationToken));
            told.OnMessage(message => Tell(names, message.Message.ToString()));
            IServer[] servers = [.. connection.GetServers().Where(static server => !server.IsReplica)];
            if (servers.Length == 0 || Array.Exists(servers, static server => !server.IsConnected))
            {
                // Records on an unconnected server would be taken for absent.
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

    /// <summary>Keeps a name until it is read. A name that is lost would be taken for absent, so that none is taken any more after one.</summary>
    internal static void Tell(Channel<Digest?> names, string message)
    {
        if (Digest.TryParse(message, out Digest name) && !names.Writer.TryWrite(name))
        {
            names.Writer.TryComplete(new IOException("it tells of more new results than can be read"));
        }
    }

    /// <summary>Publishes a new record, fire and forget. If this agent may not publish, other agents find the record in their next scan.</summary>
    private async ValueTask TellNameAsync(Digest name, CancellationToken cancellationToken)
    {
        try
        {
            ConnectionMultiplexer connection = await _connection.Value.WaitAsync(cancellationToken);
            await connection.GetSubscriber().PublishAsync(Told, name.ToString(), CommandFlags.FireAndForget);
        }
        catch (RedisException)
        {
            // Not an error: the record itself is stored.
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
