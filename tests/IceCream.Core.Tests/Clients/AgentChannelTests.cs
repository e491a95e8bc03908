using IceCream.Clients;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Clients;

public sealed class AgentChannelTests
{
    private readonly MemoryStream _stream = new();

    [Fact]
    public async Task It_beats_until_it_has_answered()
    {
        var channel = new AgentChannel(_stream);
        channel.Beat();
        await channel.SendAsync(new LauncherMessage.RunHere("it links"), default);
        channel.Beat();

        _stream.Position = 0;
        Assert.IsType<LauncherMessage.Working>(await channel.ReceiveAsync(default));
        Assert.IsType<LauncherMessage.RunHere>(await channel.ReceiveAsync(default));
        Assert.Null(await channel.ReceiveAsync(default));
    }

    [Fact]
    public async Task A_connection_that_ends_within_a_message_is_no_message()
    {
        await new AgentChannel(_stream).SendAsync(new LauncherMessage.Refused("no"), default);
        _stream.SetLength(_stream.Length - 1);
        _stream.Position = 0;
        await Assert.ThrowsAnyAsync<IOException>(() => new AgentChannel(_stream).ReceiveAsync(default).AsTask());
    }
}
