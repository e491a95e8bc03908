using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IceCream.Identity;
using Xunit;

namespace IceCream.Tests.Identity;

public sealed class FarmAuthorityTests : IDisposable
{
    private readonly FarmFolder _farm = new();

    public void Dispose() => _farm.Dispose();

    [Fact]
    public void Who_joins_is_believed_by_the_farm_and_by_no_other()
    {
        using X509Certificate2 certificate = _farm.Join(FarmFolder.Blade());
        Assert.Null(Objection(certificate, out PresentedCertificate? presented));
        Assert.Equal(FarmFolder.Blade(), presented!.Identity);
        Assert.Contains("another farm", _farm.Open("other").Trust.Examine(certificate, _farm.Now, TimeSpan.Zero, out _), StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_is_used_once()
    {
        string secret = _farm.Secret();
        _farm.Authority.Enroll(secret, FarmFolder.Blade(), Request()).Dispose();
        Assert.Contains("not good", Refused(secret, FarmFolder.Blade(name: "two")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_is_used_as_often_as_was_said_also_after_a_restart()
    {
        string secret = _farm.Secret(uses: 2);
        _farm.Authority.Enroll(secret, FarmFolder.Blade(), Request()).Dispose();
        FarmAuthority again = _farm.Open();
        again.Enroll(secret, FarmFolder.Blade(name: "two"), Request()).Dispose();
        Assert.Throws<JoinRefusedException>(() => again.Enroll(secret, FarmFolder.Blade(name: "three"), Request()));
    }

    [Fact]
    public void A_token_ends_with_its_time()
    {
        string secret = _farm.Secret();
        _farm.Time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
        Assert.Contains("not good", Refused(secret, FarmFolder.Blade()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_gives_no_more_than_its_role_and_is_not_used_up_by_the_attempt()
    {
        string secret = _farm.Secret(NodeRoles.Agent);
        Assert.Contains("'agent'", Refused(secret, FarmFolder.Blade(NodeRoles.Worker)), StringComparison.Ordinal);
        Assert.Contains("'agent'", Refused(secret, FarmFolder.Blade(NodeRoles.Agent | NodeRoles.Worker)), StringComparison.Ordinal);
        Assert.Contains("'agent'", Refused(secret, FarmFolder.Blade(NodeRoles.Scheduler)), StringComparison.Ordinal);
        _farm.Authority.Enroll(secret, FarmFolder.Blade(NodeRoles.Agent), Request()).Dispose();
    }

    [Fact]
    public void A_name_belongs_to_its_key_until_it_is_revoked()
    {
        _farm.Join(FarmFolder.Blade()).Dispose();
        string secret = _farm.Secret();
        Assert.Contains("belongs to another certificate", Refused(secret, FarmFolder.Blade()), StringComparison.Ordinal);
        Assert.Equal(1, _farm.Authority.Revoke("blade"));
        _farm.Authority.Enroll(secret, FarmFolder.Blade(), Request()).Dispose();
    }

    [Fact]
    public void Agents_of_several_users_share_the_name_of_their_machine()
    {
        _farm.Join(FarmFolder.Blade(NodeRoles.Agent)).Dispose();
        _farm.Join(FarmFolder.Blade(NodeRoles.Agent, user: "bob")).Dispose();
        _farm.Join(FarmFolder.Blade(NodeRoles.Worker, user: "icecream")).Dispose();
        Assert.Contains("belongs to another", Refused(_farm.Secret(NodeRoles.Agent), FarmFolder.Blade(NodeRoles.Agent, user: "bob")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("desk", "desk/1")]
    [InlineData("desk/1", "desk")]
    public void Nobody_gets_a_name_that_the_agent_of_another_may_go_by(string first, string second)
    {
        _farm.Join(FarmFolder.Blade(NodeRoles.Agent, first)).Dispose();
        Assert.Contains("belongs to another", Refused(_farm.Secret(NodeRoles.Agent), FarmFolder.Blade(NodeRoles.Agent, second)), StringComparison.Ordinal);
        _farm.Join(FarmFolder.Blade(NodeRoles.Agent, second, user: "bob")).Dispose();
        _farm.Join(FarmFolder.Blade(NodeRoles.Agent, "desk2")).Dispose();
    }

    [Fact]
    public void A_certificate_is_renewed_for_thirty_days_after_its_end()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 first = _farm.Join(FarmFolder.Blade(), key);
        _farm.Time.Advance(CertificateIssuer.Lifetime + TimeSpan.FromDays(29));
        Assert.Contains("ended at", Objection(first, out _), StringComparison.Ordinal);
        Assert.Null(_farm.Authority.Trust.Examine(first, _farm.Now, FarmTrust.Renewable, out PresentedCertificate? presented));
        using X509Certificate2 second = _farm.Authority.Renew(presented!, CertificateIssuer.CreateRequest(key));
        Assert.Null(Objection(second, out PresentedCertificate? renewed));
        Assert.Equal((presented!.Identity, presented.Key), (renewed!.Identity, renewed.Key));

        _farm.Time.Advance(CertificateIssuer.Lifetime + TimeSpan.FromDays(31));
        Assert.Contains("ended at", _farm.Authority.Trust.Examine(second, _farm.Now, FarmTrust.Renewable, out _), StringComparison.Ordinal);
    }

    [Fact]
    public void A_renewal_is_for_the_same_key()
    {
        using X509Certificate2 certificate = _farm.Join(FarmFolder.Blade());
        Objection(certificate, out PresentedCertificate? presented);
        Assert.Throws<JoinRefusedException>(() => _farm.Authority.Renew(presented!, Request()));
    }

    [Fact]
    public void Who_is_revoked_stays_revoked_after_a_restart_and_is_not_renewed()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = _farm.Join(FarmFolder.Blade(), key);
        Objection(certificate, out PresentedCertificate? presented);
        _farm.Authority.Revoke("blade");
        FarmAuthority again = _farm.Open();
        Assert.Contains("revoked", again.Trust.Examine(certificate, _farm.Now, TimeSpan.Zero, out _), StringComparison.Ordinal);
        Assert.Contains("revoked", Assert.Throws<JoinRefusedException>(() => again.Renew(presented!, CertificateIssuer.CreateRequest(key))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_disk_does_not_take_can_be_tried_again_and_a_revocation_is_in_effect_at_once()
    {
        using X509Certificate2 certificate = _farm.Join(FarmFolder.Blade());
        string secret = _farm.Secret(), folder = Path.Combine(_farm.Root, "authority"), away = folder + "-away";
        Directory.Move(folder, away);
        Assert.ThrowsAny<IOException>(() => _farm.Authority.Revoke("blade"));
        Assert.ThrowsAny<IOException>(() => _farm.Authority.Enroll(secret, FarmFolder.Blade(name: "two"), Request()));
        Assert.Contains("revoked", Objection(certificate, out _), StringComparison.Ordinal);

        Directory.Move(away, folder);
        _farm.Authority.Enroll(secret, FarmFolder.Blade(name: "two"), Request()).Dispose();
        Assert.Equal(1, _farm.Authority.Revoke("blade"));
        Assert.Contains("revoked", _farm.Open().Trust.Examine(certificate, _farm.Now, TimeSpan.Zero, out _), StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_is_good_again_when_the_disk_takes_its_use_and_not_the_node()
    {
        string secret = _farm.Secret(), nodes = Path.Combine(_farm.Root, "authority", "nodes");
        Directory.CreateDirectory(nodes);
        Assert.ThrowsAny<IOException>(() => _farm.Authority.Enroll(secret, FarmFolder.Blade(), Request()));

        Directory.Delete(nodes);
        _farm.Open().Enroll(secret, FarmFolder.Blade(), Request()).Dispose();
    }

    [Fact]
    public void Who_joins_again_under_another_name_is_revoked_by_either()
    {
        ECDsa key = _farm.Key();
        using X509Certificate2 first = _farm.Join(FarmFolder.Blade(), key), second = _farm.Join(FarmFolder.Blade(name: "other"), key);
        Assert.Contains("belongs to another certificate", Refused(_farm.Secret(), FarmFolder.Blade()), StringComparison.Ordinal);
        FarmAuthority again = _farm.Open();
        Assert.Equal(1, again.Revoke("blade"));
        Assert.All((X509Certificate2[])[first, second], certificate => Assert.Contains("revoked", again.Trust.Examine(certificate, _farm.Now, TimeSpan.Zero, out _), StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_that_a_machine_gave_up_is_free_when_nobody_can_show_it_any_more()
    {
        ECDsa key = _farm.Key();
        _farm.Join(FarmFolder.Blade(), key).Dispose();
        using X509Certificate2 renamed = _farm.Join(FarmFolder.Blade(name: "other"), key);
        _farm.Time.Advance(CertificateIssuer.Lifetime + FarmTrust.ClockTolerance + TimeSpan.FromSeconds(1));
        _farm.Join(FarmFolder.Blade()).Dispose();
        Assert.Equal(1, _farm.Authority.Revoke("blade"));
        Assert.Null(_farm.Authority.Trust.Examine(renamed, _farm.Now, FarmTrust.Renewable, out _));
    }

    [Fact]
    public void Nobody_else_can_read_keys_and_no_file_holds_a_secret()
    {
        string token = _farm.Authority.CreateToken(NodeRoles.Worker, TimeSpan.FromHours(1));
        NodeCredentials credentials = _farm.Credentials(FarmFolder.Blade());
        Assert.True(JoinToken.TryParse(token, out JoinToken? parsed));
        string[] files = Directory.GetFiles(_farm.Root, "*", SearchOption.AllDirectories);
        Assert.Equal(4, files.Length);
        Assert.All(files, static file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.All(files, file => Assert.DoesNotContain(parsed.Secret, File.ReadAllText(file), StringComparison.Ordinal));
        Assert.All(Directory.GetDirectories(_farm.Root), static folder => Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder)));
        Assert.Equal(FarmFolder.Blade(), credentials.Identity);
    }

    [Fact]
    public void A_key_that_others_can_read_is_not_used()
    {
        string file = Path.Combine(_farm.Root, "authority", "authority.pem");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<IOException>(() => _farm.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_nodes_that_is_damaged_is_not_taken_for_one_without_revocations()
    {
        _farm.Join(FarmFolder.Blade()).Dispose();
        _farm.Authority.Revoke("blade");
        string file = Path.Combine(_farm.Root, "authority", "nodes");
        string text = File.ReadAllText(file);
        File.WriteAllText(file, text.Replace("icecream:", "", StringComparison.Ordinal));
        Assert.Contains("damaged", Assert.Throws<IOException>(() => _farm.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_nodes_certificate_signs_for_nobody()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 node = _farm.Join(FarmFolder.Blade(), key);
        using X509Certificate2 withKey = node.CopyWithPrivateKey(key);
        using ECDsa second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", second, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(PresentedCertificate.NameExtension(FarmFolder.Blade(NodeRoles.Scheduler), []));
        using X509Certificate2 forged = request.Create(
            withKey.SubjectName, X509SignatureGenerator.CreateForECDsa(key), _farm.Now, _farm.Now.AddHours(1), [1, 2, 3]);
        Assert.Contains("another farm", Objection(forged, out _), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_signs_with_its_own_key_is_of_another_farm()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(_farm.Authority.Trust.Authority.SubjectName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(PresentedCertificate.NameExtension(FarmFolder.Blade(NodeRoles.Scheduler), []));
        using X509Certificate2 own = request.CreateSelfSigned(_farm.Now, _farm.Now.AddHours(1));
        Assert.Contains("another farm", Objection(own, out _), StringComparison.Ordinal);
    }

    [Fact]
    public void The_authority_itself_is_no_node() =>
        Assert.NotNull(Objection(_farm.Authority.Trust.Authority, out _));

    [Fact]
    public void Clocks_may_differ_by_some_minutes_and_not_by_more()
    {
        using X509Certificate2 certificate = _farm.Join(FarmFolder.Blade());
        FarmTrust trust = _farm.Authority.Trust;
        Assert.Null(trust.Examine(certificate, _farm.Now.AddMinutes(-4), TimeSpan.Zero, out _));
        Assert.Contains("do the clocks agree", trust.Examine(certificate, _farm.Now.AddMinutes(-6), TimeSpan.Zero, out _), StringComparison.Ordinal);
        Assert.Null(trust.Examine(certificate, _farm.Now.AddHours(24).AddMinutes(4), TimeSpan.Zero, out _));
        Assert.NotNull(trust.Examine(certificate, _farm.Now.AddHours(24).AddMinutes(6), TimeSpan.Zero, out _));
    }

    [Fact]
    public void Credentials_are_the_same_when_they_are_read_again()
    {
        NodeCredentials kept = _farm.Credentials(FarmFolder.Blade());
        string folder = Path.GetDirectoryName(Directory.GetFiles(_farm.Root, "node.pem", SearchOption.AllDirectories).Single())!;
        using NodeCredentials read = NodeCredentials.Load(folder)!;
        Assert.Equal((kept.Identity, kept.NotAfter, kept.Trust.Fingerprint, kept.Certificate.Key), (read.Identity, read.NotAfter, read.Trust.Fingerprint, read.Certificate.Key));
        string file = Path.Combine(folder, "node.pem");
        string text = File.ReadAllText(file);
        File.WriteAllText(file, text[..(text.Length / 2)]);
        Assert.Contains("damaged", Assert.Throws<IOException>(() => NodeCredentials.Load(folder)).Message, StringComparison.Ordinal);
        Assert.Null(NodeCredentials.Load(Path.Combine(folder, "nothing")));
    }

    private static byte[] Request()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return CertificateIssuer.CreateRequest(key);
    }

    private string Refused(string secret, NodeIdentity identity) =>
        Assert.Throws<JoinRefusedException>(() => _farm.Authority.Enroll(secret, identity, Request())).Message;

    private string? Objection(X509Certificate2 certificate, out PresentedCertificate? presented) =>
        _farm.Authority.Trust.Examine(certificate, _farm.Now, TimeSpan.Zero, out presented);
}
