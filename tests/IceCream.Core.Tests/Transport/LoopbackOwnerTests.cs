using System.Net;
using System.Net.Sockets;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Transport;
using Xunit;

namespace IceCream.Tests.Transport;

public sealed class LoopbackOwnerTests
{
    private static readonly IPEndPoint Own = new(IPAddress.Loopback, 8765), Other = new(IPAddress.Loopback, 40000);

    [Theory]
    [InlineData("   1: 0100007F:9C40 0100007F:223D 01 00000000:00000000 00:00000000 00000000  1007        0 99 1", 1007u)]
    [InlineData("   1: 0000000000000000FFFF00000100007F:9C40 0000000000000000FFFF00000100007F:223D 01 00000000:00000000 00:00000000 00000000  1007        0 99 1", 1007u)]
    [InlineData("   1: 0100007F:223D 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1007        0 99 1", null)]
    [InlineData("   1: 0100007F:9C40 0100007F:223E 01 00000000:00000000 00:00000000 00000000  1007        0 99 1", null)]
    [InlineData("   1: 0100007F:9C40 0100007F:223D 04 00000000:00000000 00:00000000 00000000     0        0 99 1", null)]
    [InlineData("   1: 0100007F:9C40 0100007F:223D 06 00000000:00000000 03:00000000 00000000     0        0 99 1", null)]
    [InlineData("", null)]
    [InlineData("noise", null)]
    public void The_line_of_the_other_end_says_whose_it_is_as_long_as_it_is_connected(string line, uint? owner)
    {
        if (BitConverter.IsLittleEndian)
        {
            Assert.Equal(owner, LoopbackOwner.Find([line], Own, Other));
        }
    }

    [Theory]
    [InlineData(1007u, 1007u, true)]
    [InlineData(0u, 1007u, true)]
    [InlineData(999u, 1007u, true)]
    [InlineData(1008u, 1007u, false)]
    [InlineData(65534u, 1007u, false)]
    [InlineData(null, 1007u, false)]
    [InlineData(1008u, 0u, false)]
    public void Ones_own_and_the_systems_are_trusted(uint? owner, uint self, bool isTrusted) => Assert.Equal(isTrusted, LoopbackOwner.IsTrusted(owner, self));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("localhost")]
    public async Task The_kernel_knows_whose_both_ends_are(string host)
    {
        await using ITransportListener listener = await new TcpTransport().ListenAsync(FarmAddress.Tcp(host, 0));
        await using ITransportConnection near = await new TcpTransport().ConnectAsync(listener.LocalAddress);
        await using ITransportConnection far = (await listener.AcceptAsync())!;
        foreach (ITransportConnection end in (ITransportConnection[])[near, far])
        {
            Socket socket = ((NetworkStream)end.Stream).Socket;
            Assert.Equal(Linux.EffectiveUser(), LoopbackOwner.Find((IPEndPoint)socket.LocalEndPoint!, (IPEndPoint)socket.RemoteEndPoint!));
        }
    }
}
