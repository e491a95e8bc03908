using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Transport;
using Xunit;

namespace IceCream.Embedding.Tests;

/// <summary>A listener that counts the connections of a farm.</summary>
public sealed class CountingListenerTests
{
    private sealed class Counting(ITransport inner) : ITransport
    {
        private int _accepted;

        public int Accepted => Volatile.Read(ref _accepted);

        public bool Serves(FarmAddress address) => inner.Serves(address);

        public ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default) => inner.ConnectAsync(address, cancellationToken);

        public async ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default) =>
            new Listener(await inner.ListenAsync(address, cancellationToken), this);

        private sealed class Listener(ITransportListener inner, Counting count) : ITransportListener
        {
            public FarmAddress LocalAddress => inner.LocalAddress;

            public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default)
            {
                ITransportConnection? connection = await inner.AcceptAsync(cancellationToken);
                _ = connection is null ? 0 : Interlocked.Increment(ref count._accepted);
                return connection;
            }

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }

    [Fact]
    public async Task Worker_and_agent_connect_to_the_scheduler_and_the_agent_to_the_worker()
    {
        using var project = new Project();
        var counting = new Counting(new InMemoryTransport());
        await using var farm = new EmbeddedFarm(project.Farm, new NodeServices { Transport = counting });
        await farm.StartAsync();
        await project.CompileAsync(farm);
        await project.CompileAsync(farm);
        Assert.Equal(3, counting.Accepted);
    }
}
