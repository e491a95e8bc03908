using System.Text;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Transport;
using Xunit;

namespace IceCream.Embedding.Tests;

/// <summary>A transport with a password, around the built-in one.</summary>
public sealed class PasswordTransportTests
{
    private sealed class Password(ITransport inner, string password) : ITransport
    {
        public bool Serves(FarmAddress address) => inner.Serves(address);

        public async ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default)
        {
            ITransportConnection connection = await inner.ConnectAsync(address, cancellationToken);
            await connection.Stream.WriteAsync(Encoding.UTF8.GetBytes(password), cancellationToken);
            return connection;
        }

        public async ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default) =>
            new Listener(await inner.ListenAsync(address, cancellationToken), Encoding.UTF8.GetBytes(password));
    }

    private sealed class Listener(ITransportListener inner, byte[] password) : ITransportListener
    {
        public FarmAddress LocalAddress => inner.LocalAddress;

        public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await inner.AcceptAsync(cancellationToken) is { } connection)
            {
                byte[] shown = new byte[password.Length];
                if (await connection.Stream.ReadAtLeastAsync(shown, shown.Length, throwOnEndOfStream: false, cancellationToken) == shown.Length && shown.AsSpan().SequenceEqual(password))
                {
                    return connection;
                }

                await connection.DisposeAsync();
            }

            return null;
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    [Fact]
    public async Task Who_knows_the_password_compiles_and_who_does_not_is_cut_off()
    {
        using var project = new Project();
        var memory = new InMemoryTransport();
        await using var farm = new EmbeddedFarm(project.Farm, new NodeServices { Transport = new Password(memory, "sesame") });
        await farm.StartAsync();
        Assert.Equal(JobPlace.Remote, (await project.CompileAsync(farm)).Place);
        await using ITransportConnection stranger = await new Password(memory, "please").ConnectAsync(FarmAddress.Memory("scheduler"));
        Assert.Equal(0, await stranger.Stream.ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
    }
}
