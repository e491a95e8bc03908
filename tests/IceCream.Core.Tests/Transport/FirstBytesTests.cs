using IceCream.Jobs;
using IceCream.Transport;
using Xunit;

namespace IceCream.Tests.Transport;

public sealed class FirstBytesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Whoever_hangs_up_without_a_word_is_no_connection_to_be_served()
    {
        (ITransportConnection near, ITransportConnection far) = await PairAsync();
        await using ITransportConnection ours = near;
        Task<(byte? First, ITransportConnection Connection)> waiting = FirstBytes.AwaitAsync(ours, CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        await far.DisposeAsync();
        Assert.Null((await waiting.WaitAsync(Patience)).First);
    }

    [Fact]
    public async Task What_was_looked_at_is_read_again()
    {
        (ITransportConnection near, ITransportConnection far) = await PairAsync();
        await using ITransportConnection ours = near, theirs = far;
        byte[] said = [7, 8, 9], heard = new byte[3];
        await theirs.Stream.WriteAsync(said);
        (byte? first, ITransportConnection speaking) = await FirstBytes.AwaitAsync(ours, CancellationToken.None).AsTask().WaitAsync(Patience);
        Assert.Equal(said[0], first);
        await speaking.Stream.ReadExactlyAsync(heard).AsTask().WaitAsync(Patience);
        Assert.Equal(said, heard);
        Assert.Equal((ours.RemoteName, ours.IsLocal, ours.Identity), (speaking.RemoteName, speaking.IsLocal, speaking.Identity));
    }

    [Fact]
    public async Task Whoever_keeps_silent_is_waited_for_until_the_deadline()
    {
        (ITransportConnection near, ITransportConnection far) = await PairAsync();
        await using ITransportConnection ours = near, theirs = far;
        using var deadline = new CancellationTokenSource();
        Task<(byte? First, ITransportConnection Connection)> waiting = FirstBytes.AwaitAsync(ours, deadline.Token).AsTask();
        await deadline.CancelAsync();
        Assert.Null((await waiting.WaitAsync(Patience)).First);
    }

    private static async Task<(ITransportConnection Near, ITransportConnection Far)> PairAsync()
    {
        var transport = new InMemoryTransport();
        await using ITransportListener listener = await transport.ListenAsync(FarmAddress.Memory("first"));
        ITransportConnection far = await transport.ConnectAsync(listener.LocalAddress);
        return ((await listener.AcceptAsync())!, far);
    }
}
