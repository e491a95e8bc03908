using System.Net.Sockets;
using System.Security.Cryptography;
using IceCream.Clients;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Sessions;
using IceCream.Tests.Identity;
using IceCream.Transport;
using IceCream.Transport.Tls;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Transport.Tls;

/// <summary>Both ends of TLS over loopback: who is let in, who is not, and what each is told.</summary>
public sealed class TlsTransportTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FarmFolder _farm = new();
    private readonly CancellationTokenSource _deadline = new(Patience);
    private ITransportListener _listener = null!;

    public async Task InitializeAsync() =>
        _listener = await new TlsTransport(new TcpTransport(), _farm.Authority, _farm.Time) { TakesJoins = true }.ListenAsync(FarmAddress.Tcp("127.0.0.1", 0));

    public async Task DisposeAsync()
    {
        await _listener.DisposeAsync();
        _deadline.Dispose();
        _farm.Dispose();
    }

    [Fact]
    public async Task Both_ends_know_each_other_and_bytes_pass_both_ways()
    {
        NodeIdentity blade = FarmFolder.Blade(NodeRoles.Agent | NodeRoles.Worker);
        (ITransportConnection near, ITransportConnection far) = await MeetAsync(Of(_farm.Credentials(blade)));
        await using (near)
        await using (far)
        {
            Assert.Equal(blade, far.Identity);
            Assert.Equal(NodeRoles.Scheduler, near.Identity!.Roles);
            await near.Stream.WriteAsync(new byte[] { 1, 2, 3 }, _deadline.Token);
            await near.Stream.FlushAsync(_deadline.Token);
            byte[] heard = new byte[3];
            await far.Stream.ReadExactlyAsync(heard, _deadline.Token);
            Assert.Equal([1, 2, 3], heard);
        }
    }

    [Fact]
    public async Task A_node_of_another_farm_believes_nobody_here_and_the_farm_hears_of_it()
    {
        using var other = new FarmFolder();
        (Exception near, Exception far) = await FailAsync(Of(other.Credentials(FarmFolder.Blade())));
        Assert.Contains("is not believed. Its certificate is of another farm", near.Message, StringComparison.Ordinal);
        Assert.Contains("broke off the handshake", far.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_shows_what_another_farm_has_certified_is_refused_and_told()
    {
        using var other = new FarmFolder();
        NodeCredentials foreign = other.Credentials(FarmFolder.Blade());
        (Exception near, Exception far) = await FailAsync(Of(new Mixed(foreign, _farm.Authority.Trust)));
        Assert.Contains("refused this machine: Its certificate is of another farm", near.Message, StringComparison.Ordinal);
        Assert.Contains("another farm", far.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_has_ended_is_refused_and_told()
    {
        NodeCredentials credentials = _farm.Credentials(FarmFolder.Blade());
        _farm.Time.Advance(TimeSpan.FromHours(25));
        (Exception near, _) = await FailAsync(Of(credentials));
        Assert.Contains("'blade' ended at", near.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_revoked_is_refused_and_told()
    {
        NodeCredentials credentials = _farm.Credentials(FarmFolder.Blade());
        _farm.Authority.Revoke("blade");
        (Exception near, Exception far) = await FailAsync(Of(credentials));
        Assert.Contains("'blade' has been revoked", near.Message, StringComparison.Ordinal);
        Assert.Contains("'blade' has been revoked", far.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_connections_end_when_their_certificate_is_revoked_and_others_stay()
    {
        (ITransportConnection near, ITransportConnection far) = await MeetAsync(Of(_farm.Credentials(FarmFolder.Blade())));
        (ITransportConnection other, ITransportConnection stays) = await MeetAsync(Of(_farm.Credentials(FarmFolder.Blade(name: "two"))));
        _farm.Authority.Revoke("blade");
        byte[] heard = new byte[1];
        Assert.True(await HasEndedAsync(far, heard) && await HasEndedAsync(near, heard));
        await other.Stream.WriteAsync(new byte[] { 7 }, _deadline.Token);
        await other.Stream.FlushAsync(_deadline.Token);
        await stays.Stream.ReadExactlyAsync(heard, _deadline.Token);
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
    public async Task Who_is_silent_within_a_handshake_has_five_seconds(byte[] first)
    {
        (Task<ITransportConnection> accepting, Socket socket) = await CallAsync(first);
        using (socket)
        {
            _farm.Time.Advance(TlsHandshake.Patience - TimeSpan.FromMilliseconds(1));
            Assert.False(accepting.IsCompleted);
            _farm.Time.Advance(TimeSpan.FromMilliseconds(1));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting.WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task Noise_that_begins_like_tls_is_no_handshake()
    {
        byte[] noise = new byte[4096];
        new Random(3).NextBytes(noise);
        (Task<ITransportConnection> accepting, Socket socket) = await CallAsync([0x16, 3, 3, .. noise]);
        using (socket)
        {
            await Assert.ThrowsAsync<TransportException>(() => accepting.WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task A_caller_of_an_insecure_node_learns_that_it_is_one()
    {
        await using ITransportListener plain = await new TcpTransport().ListenAsync(FarmAddress.Tcp("127.0.0.1", 0));
        Task<ITransportConnection> calling = Of(_farm.Credentials(FarmFolder.Blade())).ConnectAsync(plain.LocalAddress, _deadline.Token).AsTask();
        await using ITransportConnection accepted = (await plain.AcceptAsync(_deadline.Token))!;
        await accepted.Stream.WriteAsync(new byte[] { 0x94, 2, 1, 0, 0xc4, 5, 1, 0, 0, 0, 0 }, _deadline.Token);
        Assert.Contains("--insecure", (await Assert.ThrowsAsync<TransportException>(() => calling)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_joins_by_a_token_and_is_believed_then()
    {
        NodeCredentials joined = await JoinAsync(_farm.Authority.CreateToken(NodeRoles.Worker, TimeSpan.FromHours(1)));
        Assert.Equal(FarmFolder.Blade(), joined.Identity);
        (ITransportConnection near, ITransportConnection far) = await MeetAsync(Of(joined));
        await using (near)
        await using (far)
        {
            Assert.Equal("blade", far.Identity?.Name);
        }
    }

    [Fact]
    public async Task A_token_is_not_told_to_a_scheduler_of_another_farm()
    {
        using var other = new FarmFolder();
        string token = other.Authority.CreateToken(NodeRoles.Worker, TimeSpan.FromHours(1));
        TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => JoinAsync(token));
        Assert.Contains("another than the one that the token names", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_not_told_to_a_worker_of_the_right_farm()
    {
        // It shows the true authority's certificate, and has been certified by it: as a worker.
        NodeCredentials worker = _farm.Credentials(FarmFolder.Blade(name: "rogue"));
        await _listener.DisposeAsync();
        _listener = await new TlsTransport(new TcpTransport(), worker, _farm.Time) { TakesJoins = true }.ListenAsync(FarmAddress.Tcp("127.0.0.1", 0));
        TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => JoinAsync(_farm.Authority.CreateToken(NodeRoles.Worker, TimeSpan.FromHours(1))));
        Assert.Contains("'rogue' is no scheduler", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_token_is_refused_with_a_reason()
    {
        string token = JoinToken.Create(_farm.Authority.Trust.Fingerprint).ToText();
        JoinRefusedException refusal = await Assert.ThrowsAsync<JoinRefusedException>(() => JoinAsync(token));
        Assert.Contains("The token is not good", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_is_renewed_also_weeks_after_its_end()
    {
        NodeCredentials credentials = _farm.Credentials(FarmFolder.Blade());
        _farm.Time.Advance(TimeSpan.FromDays(20));
        await RenewAsync(credentials);
        Assert.Equal(_farm.Now + CertificateIssuer.Lifetime, credentials.NotAfter);
        (ITransportConnection near, ITransportConnection far) = await MeetAsync(Of(credentials));
        await near.DisposeAsync();
        await far.DisposeAsync();
    }

    [Fact]
    public async Task A_certificate_that_was_revoked_is_not_renewed()
    {
        NodeCredentials credentials = _farm.Credentials(FarmFolder.Blade());
        _farm.Authority.Revoke("blade");
        Assert.Contains("revoked", (await Assert.ThrowsAsync<TransportException>(() => RenewAsync(credentials))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_gets_a_certificate_by_showing_nothing()
    {
        Task serving = ServeJoinAsync();
        await using ITransportConnection raw = await new TcpTransport().ConnectAsync(_listener.LocalAddress, _deadline.Token);
        await using var stream = await TlsHandshake.CallAsync(raw, TlsProtocols.Join, null, FarmTrust.PolicyOfNobody(), static _ => null, _deadline.Token);
        await ShortFrames.ReadAsync(stream, _deadline.Token);
        using ECDsa key = NodeCredentials.CreateKey();
        var request = new IceCream.Wire.JoinMessage.Request(IceCream.Wire.JoinMessage.Version, NodeRoles.Worker, "blade", "ada", "", CertificateIssuer.CreateRequest(key));
        await ShortFrames.WriteAsync(stream, IceCream.Wire.JoinMessage.Encode(request), _deadline.Token);
        byte[] answer = await ShortFrames.ReadAsync(stream, _deadline.Token);
        Assert.IsType<IceCream.Wire.JoinMessage.Refused>(IceCream.Wire.JoinMessage.Decode(new System.Buffers.ReadOnlySequence<byte>(answer)));
        await stream.DisposeAsync();
        await serving;
    }

    private TlsTransport Of(ICredentials credentials) => new(new TcpTransport(), credentials, _farm.Time);

    private async Task<(ITransportConnection Near, ITransportConnection Far)> MeetAsync(TlsTransport caller)
    {
        Task<ITransportConnection> accepting = AcceptAsync();
        ITransportConnection near = await caller.ConnectAsync(_listener.LocalAddress, _deadline.Token);
        return (near, await accepting);
    }

    private async Task<(Exception Near, Exception Far)> FailAsync(TlsTransport caller)
    {
        Task<ITransportConnection> accepting = AcceptAsync();
        Exception near = await Assert.ThrowsAsync<TransportException>(() => caller.ConnectAsync(_listener.LocalAddress, _deadline.Token).AsTask());
        return (near, await Assert.ThrowsAsync<TransportException>(() => accepting));
    }

    private async Task<ITransportConnection> AcceptAsync()
    {
        var accepted = (IUnidentifiedConnection)(await _listener.AcceptAsync(_deadline.Token))!;
        try
        {
            return await accepted.IdentifyAsync(_deadline.Token);
        }
        catch
        {
            await accepted.DisposeAsync();
            throw;
        }
    }

    private async Task<(Task<ITransportConnection> Accepting, Socket Caller)> CallAsync(byte[] first)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_listener.LocalAddress.Host, _listener.LocalAddress.Port, _deadline.Token);
        var accepted = (IUnidentifiedConnection)(await _listener.AcceptAsync(_deadline.Token))!;
        Task<ITransportConnection> identifying = accepted.IdentifyAsync(_deadline.Token).AsTask();
        await socket.SendAsync(first, SocketFlags.None, _deadline.Token);
        return (identifying, socket);
    }

    private async Task<bool> HasEndedAsync(ITransportConnection connection, byte[] buffer)
    {
        try
        {
            return await connection.Stream.ReadAsync(buffer, _deadline.Token) == 0;
        }
        catch (IOException)
        {
            // Cut off within TLS: an end as well.
            return true;
        }
    }

    private async Task ServeJoinAsync()
    {
        await using ITransportConnection accepted = await AcceptAsync();
        await new JoinSession((TlsConnection)accepted, _farm.Authority, NullLogger<JoinSession>.Instance).RunAsync(_deadline.Token);
    }

    private async Task<NodeCredentials> JoinAsync(string text)
    {
        Assert.True(JoinToken.TryParse(text, out JoinToken? token));
        Task serving = ServeJoinAsync();
        try
        {
            return await new JoinClient(new TcpTransport(), _farm.Time).JoinAsync(
                _listener.LocalAddress, token, FarmFolder.Blade(), Path.Combine(_farm.Root, "joined"), null, _deadline.Token);
        }
        finally
        {
            await serving;
        }
    }

    private async Task RenewAsync(NodeCredentials credentials)
    {
        Task serving = ServeJoinAsync().ContinueWith(static _ => { }, TaskScheduler.Default);
        await new JoinClient(new TcpTransport(), _farm.Time).RenewAsync(_listener.LocalAddress, credentials, _deadline.Token);
        await serving;
    }

    /// <summary>Shows one farm's certificate and believes another's.</summary>
    private sealed class Mixed(ICredentials shown, FarmTrust trust) : ICredentials
    {
        public FarmTrust Trust => trust;

        public System.Net.Security.SslStreamCertificateContext Show() => shown.Show();
    }
}
