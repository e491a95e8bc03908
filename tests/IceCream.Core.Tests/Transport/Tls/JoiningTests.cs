using System.Buffers;
using System.Security.Cryptography;
using IceCream.Clients;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Sessions;
using IceCream.Tests.Identity;
using IceCream.Transport;
using IceCream.Transport.Tls;
using IceCream.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Transport.Tls;

/// <summary>How a machine gets a certificate, and another one, and to whom it tells its token.</summary>
public sealed class JoiningTests : TlsMeeting
{
    [Fact]
    public async Task A_machine_joins_by_a_token_and_is_believed_then()
    {
        NodeCredentials joined = await JoinAsync(Farm.Authority.CreateToken(NodeRoles.Worker, TimeSpan.FromHours(1)));
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
        NodeCredentials worker = Farm.Credentials(FarmFolder.Blade(name: "rogue"));
        await Listener.DisposeAsync();
        Listener = await new TlsTransport(new TcpTransport(), worker, Farm.Time) { TakesJoins = true }.ListenAsync(FarmAddress.Tcp("127.0.0.1", 0));
        TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => JoinAsync(Farm.Authority.CreateToken(NodeRoles.Worker, TimeSpan.FromHours(1))));
        Assert.Contains("'rogue' is no scheduler", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_token_is_refused_with_a_reason()
    {
        string token = JoinToken.Create(Farm.Authority.Trust.Fingerprint).ToText();
        JoinRefusedException refusal = await Assert.ThrowsAsync<JoinRefusedException>(() => JoinAsync(token));
        Assert.Contains("The token is not good", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_is_renewed_also_weeks_after_its_end()
    {
        NodeCredentials credentials = Farm.Credentials(FarmFolder.Blade());
        Farm.Time.Advance(TimeSpan.FromDays(20));
        await RenewAsync(credentials);
        Assert.Equal(Farm.Now + CertificateIssuer.Lifetime, credentials.NotAfter);
        (ITransportConnection near, ITransportConnection far) = await MeetAsync(Of(credentials));
        await near.DisposeAsync();
        await far.DisposeAsync();
    }

    [Fact]
    public async Task A_certificate_that_was_revoked_is_not_renewed()
    {
        NodeCredentials credentials = Farm.Credentials(FarmFolder.Blade());
        Farm.Authority.Revoke("blade");
        Assert.Contains("revoked", (await Assert.ThrowsAsync<TransportException>(() => RenewAsync(credentials))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_gets_a_certificate_by_showing_nothing()
    {
        Task serving = ServeJoinAsync();
        await using ITransportConnection raw = await new TcpTransport().ConnectAsync(Listener.LocalAddress, Deadline);
        await using var stream = await TlsHandshake.CallAsync(raw, TlsProtocols.Join, null, FarmTrust.PolicyOfNobody(), static _ => null, Deadline);
        await ShortFrames.ReadAsync(stream, Deadline);
        using ECDsa key = NodeCredentials.CreateKey();
        var request = new JoinMessage.Request(JoinMessage.Version, NodeRoles.Worker, "blade", "ada", "", CertificateIssuer.CreateRequest(key));
        await ShortFrames.WriteAsync(stream, JoinMessage.Encode(request), Deadline);
        byte[] answer = await ShortFrames.ReadAsync(stream, Deadline);
        Assert.IsType<JoinMessage.Refused>(JoinMessage.Decode(new ReadOnlySequence<byte>(answer)));
        await stream.DisposeAsync();
        await serving;
    }

    private async Task ServeJoinAsync()
    {
        await using ITransportConnection accepted = await AcceptAsync();
        await new JoinSession((TlsConnection)accepted, Farm.Authority, NullLogger<JoinSession>.Instance).RunAsync(Deadline);
    }

    private async Task<NodeCredentials> JoinAsync(string text)
    {
        Assert.True(JoinToken.TryParse(text, out JoinToken? token));
        Task serving = ServeJoinAsync();
        try
        {
            return await new JoinClient(new TcpTransport(), Farm.Time).JoinAsync(
                Listener.LocalAddress, token, FarmFolder.Blade(), Path.Combine(Farm.Root, "joined"), null, Deadline);
        }
        finally
        {
            await serving;
        }
    }

    private async Task RenewAsync(NodeCredentials credentials)
    {
        Task serving = ServeJoinAsync().ContinueWith(static _ => { }, TaskScheduler.Default);
        await new JoinClient(new TcpTransport(), Farm.Time).RenewAsync(Listener.LocalAddress, credentials, Deadline);
        await serving;
    }
}
