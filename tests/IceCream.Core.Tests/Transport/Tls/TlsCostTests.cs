using System.Diagnostics;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Tests.Identity;
using IceCream.Transport;
using IceCream.Transport.Tls;
using Xunit;
using Xunit.Abstractions;

namespace IceCream.Tests.Transport.Tls;

/// <summary>What TLS costs in processor time, both ends together: once for a pair of nodes, and for each byte.</summary>
public sealed class TlsCostTests(ITestOutputHelper output) : TlsMeeting
{
    private const int Handshakes = 300, Pieces = 512, PieceBytes = 1 << 20;

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_handshake_costs_milliseconds_and_a_byte_no_more_than_its_cipher()
    {
        TlsTransport caller = Of(Farm.Credentials(FarmFolder.Blade(NodeRoles.Agent | NodeRoles.Worker)));
        await MeetAndPartAsync(caller, 20);
        double handshake = await CostAsync(() => MeetAndPartAsync(caller, Handshakes)) / Handshakes;

        (ITransportConnection near, ITransportConnection far) = await MeetAsync(caller);
        double secure = await CostAsync(() => PourAsync(near, far));
        await near.DisposeAsync();
        await far.DisposeAsync();

        await using ITransportListener plain = await new TcpTransport().ListenAsync(FarmAddress.Tcp("127.0.0.1", 0));
        await using ITransportConnection source = await new TcpTransport().ConnectAsync(plain.LocalAddress);
        await using ITransportConnection sink = (await plain.AcceptAsync())!;
        double clear = await CostAsync(() => PourAsync(source, sink));

        output.WriteLine($"a handshake {handshake * 1000:F2} ms; {Pieces} MiB within TLS {secure:F2} s, in the clear {clear:F2} s: both ends together");
        Assert.InRange(handshake, 0, 0.05);
        Assert.InRange(secure - clear, double.MinValue, 5);
    }

    private static async Task<double> CostAsync(Func<Task> work)
    {
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        await work();
        return (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
    }

    private async Task MeetAndPartAsync(TlsTransport caller, int times)
    {
        for (int i = 0; i < times; i++)
        {
            (ITransportConnection near, ITransportConnection far) = await MeetAsync(caller);
            await near.DisposeAsync();
            await far.DisposeAsync();
        }
    }

    private static async Task PourAsync(ITransportConnection source, ITransportConnection sink)
    {
        Task draining = Task.Run(async () =>
        {
            byte[] buffer = new byte[128 << 10];
            for (long left = (long)Pieces * PieceBytes; left > 0;)
            {
                int read = await sink.Stream.ReadAsync(buffer);
                left -= read > 0 ? read : throw new EndOfStreamException();
            }
        });
        byte[] piece = new byte[PieceBytes];
        for (int i = 0; i < Pieces; i++)
        {
            await source.Stream.WriteAsync(piece);
        }

        await source.Stream.FlushAsync();
        await draining;
    }
}
