using System.Net.Sockets;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Tests.Identity;
using IceCream.Transport;
using IceCream.Transport.Tls;
using Xunit;

namespace IceCream.Tests.Transport.Tls;

/// <summary>Both ends of TLS over loopback: who is let in, who is not, and what each is told.</summary>
public sealed class TlsTransportTests : TlsMeeting
{
    [Fact]
    public async Task Both_ends_know_each_other_and_bytes_pass_both_ways()
    {
        NodeIdentity blade = FarmFolder.Blade(NodeRoles.Agent | NodeRoles.Worker);
        (ITransportConnection near, ITransportConnection far) = await MeetAsync(Of(Farm.Credentials(blade)));
        await using (near)
        await using (far)
        {
            Assert.Equal(blade, far.Identity);
            Assert.Equal(NodeRoles.Scheduler, near.Identity!.Roles);
            await near.Stream.WriteAsync(new byte[] { 1, 2, 3 }, Deadline);
            await near.Stream.FlushAsync(Deadline);
            byte[] heard = new byte[3];
            await far.Stream.ReadExactlyAsync(heard, Deadline);
            Assert.Equal([1, 2, 3], heard);
        }
    }

    [Fact]
    public async Task A_node_of_another_farm_believes_nobody_here_and_the_farm_hears_of_it()
    {
        using var other = new FarmFolder();
        (Exception near, Exception far) = await FailAsync(Of(other.Credentials(FarmFolder.Blade())));
        Assert.Contains("is not believed. Its certificate is of another farm", near.Message, StringComparison.Ordinal);

        // Its certificate is another farm's too: the farm refuses it, unless the node's alert comes first.
        Assert.Matches("broke off the handshake|was refused: Its certificate is of another farm", far.Message);
    }

    [Fact]
    public async Task Who_shows_what_another_farm_has_certified_is_refused_and_told()
    {
        using var other = new FarmFolder();
        NodeCredentials foreign = other.Credentials(FarmFolder.Blade());
        (Exception near, Exception far) = await FailAsync(Of(new Mixed(foreign, Farm.Authority.Trust)));
        Assert.Contains("refused this machine: Its certificate is of another farm", near.Message, StringComparison.Ordinal);
        Assert.Contains("another farm", far.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_has_ended_is_refused_and_told()
    {
        NodeCredentials credentials = Farm.Credentials(FarmFolder.Blade());
        Farm.Time.Advance(TimeSpan.FromHours(25));
        (Exception near, _) = await FailAsync(Of(credentials));
        Assert.Contains("'blade' ended at", near.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_revoked_is_refused_and_told()
    {
        NodeCredentials credentials = Farm.Credentials(FarmFolder.Blade());
        Farm.Authority.Revoke("blade");
        (Exception near, Exception far) = await FailAsync(Of(credentials));
        Assert.Contains("'blade' has been revoked", near.Message, StringComparison.Ordinal);
        Assert.Contains("'blade' has been revoked", far.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_connections_end_when_their_certificate_is_revoked_and_others_stay()
    {
        (ITransportConnection near, ITransportConnection far) = await MeetAsync(Of(Farm.Credentials(FarmFolder.Blade())));
        (ITransportConnection other, ITransportConnection stays) = await MeetAsync(Of(Farm.Credentials(FarmFolder.Blade(name: "two"))));
        Farm.Authority.Revoke("blade");
        byte[] heard = new byte[1];
        Assert.True(await HasEndedAsync(far, heard) && await HasEndedAsync(near, heard));
        await other.Stream.WriteAsync(new byte[] { 7 }, Deadline);
        await other.Stream.FlushAsync(Deadline);
        await stays.Stream.ReadExactlyAsync(heard, Deadline);
        Assert.Equal(7, heard[0]);
        foreach (ITransportConnection connection in (ITransportConnection[])[near, far, other, stays])
        {
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Who_speaks_in_the_clear_is_recognised_by_its_first_byte()
    {
        (Task<ITransportConnection> accepting, Socket socket) = await CallAsync([0x93, 1, 2, 3]);
        using (socket)
        {
            Assert.Contains("speaks in the clear", (await Assert.ThrowsAsync<StrangerException>(() => accepting)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0x16 })]
    [InlineData(new byte[] { 0x16, 3, 1, 0, 200, 1, 0 })]
    public async Task Who_is_silent_within_a_handshake_has_ten_seconds(byte[] first)
    {
        (Task<ITransportConnection> accepting, Socket socket) = await CallAsync(first);
        using (socket)
        {
            Farm.Time.Advance(TlsHandshake.Patience - TimeSpan.FromMilliseconds(1));
            Assert.False(accepting.IsCompleted);
            Farm.Time.Advance(TimeSpan.FromMilliseconds(1));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting.WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task A_caller_waits_ten_seconds_for_a_slow_end_and_four_for_a_machine_that_is_away()
    {
        using var silent = new TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        NodeCredentials credentials = Farm.Credentials(FarmFolder.Blade());
        Task<ITransportConnection> slow = Of(credentials).ConnectAsync(FarmAddress.Tcp("127.0.0.1", ((System.Net.IPEndPoint)silent.LocalEndpoint).Port), Deadline).AsTask();
        using Socket reached = await silent.AcceptSocketAsync(Deadline);
        Assert.Equal(1, await reached.ReceiveAsync(new byte[1], Deadline));
        Farm.Time.Advance(TlsHandshake.Patience - TimeSpan.FromMilliseconds(1));
        Assert.False(slow.IsCompleted);
        Farm.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Contains("did not end the handshake within 10 s", (await Assert.ThrowsAsync<TransportException>(() => slow.WaitAsync(Patience))).Message, StringComparison.Ordinal);

        Task<ITransportConnection> away = new TlsTransport(new Away(), credentials, Farm.Time).ConnectAsync(FarmAddress.Tcp("desk", 1), Deadline).AsTask();
        Farm.Time.Advance(TlsHandshake.PatienceToConnect);
        Assert.Equal("Nobody answered at tcp://desk:1 within 4 s.", (await Assert.ThrowsAsync<TransportException>(() => away.WaitAsync(Patience))).Message);
    }

    [Fact]
    public async Task Noise_that_begins_like_tls_is_no_handshake()
    {
        byte[] noise = new byte[4096];
        new Random(3).NextBytes(noise);
        (Task<ITransportConnection> accepting, Socket socket) = await CallAsync([0x16, 3, 3, 0x10, 0, .. noise]);
        using (socket)
        {
            await Assert.ThrowsAsync<TransportException>(() => accepting.WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task A_caller_of_an_insecure_node_learns_that_it_is_one()
    {
        await using ITransportListener plain = await new TcpTransport().ListenAsync(FarmAddress.Tcp("127.0.0.1", 0));
        Task<ITransportConnection> calling = Of(Farm.Credentials(FarmFolder.Blade())).ConnectAsync(plain.LocalAddress, Deadline).AsTask();
        await using ITransportConnection accepted = (await plain.AcceptAsync(Deadline))!;
        await accepted.Stream.WriteAsync(new byte[] { 0x94, 2, 1, 0, 0xc4, 5, 1, 0, 0, 0, 0 }, Deadline);
        Assert.Contains("--insecure", (await Assert.ThrowsAsync<TransportException>(() => calling)).Message, StringComparison.Ordinal);
    }

    /// <summary>Shows one farm's certificate and believes another's.</summary>
    private sealed class Mixed(ICredentials shown, FarmTrust trust) : ICredentials
    {
        public FarmTrust Trust => trust;

        public System.Net.Security.SslStreamCertificateContext Show() => shown.Show();
    }

    /// <summary>Machines that are switched off.</summary>
    private sealed class Away : ITransport
    {
        public bool Serves(FarmAddress address) => true;

        public async ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            throw new InvalidOperationException("Nobody waits for ever.");
        }

        public ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
