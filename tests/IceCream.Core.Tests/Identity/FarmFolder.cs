using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IceCream.Identity;
using Microsoft.Extensions.Time.Testing;

namespace IceCream.Tests.Identity;

/// <summary>The authority of a farm in a folder of its own, whose clock is the test's.</summary>
internal sealed class FarmFolder : IDisposable
{
    private readonly List<IDisposable> _opened = [];

    public FarmFolder()
    {
        Time = new FakeTimeProvider(new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero));
        Authority = Open();
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("icecream-identity-").FullName;

    public FakeTimeProvider Time { get; }

    public FarmAuthority Authority { get; private set; }

    public DateTimeOffset Now => Time.GetUtcNow();

    public static NodeIdentity Blade(NodeRoles roles = NodeRoles.Worker, string name = "blade", string user = "ada") => new("net", roles, name, user);

    /// <summary>The authority as a scheduler that was restarted finds it.</summary>
    public FarmAuthority Open(string folder = "authority")
    {
        var authority = FarmAuthority.Open(Path.Combine(Root, folder), "net", Time);
        _opened.Add(authority);
        return authority;
    }

    /// <summary>A token's secret.</summary>
    public string Secret(NodeRoles roles = NodeRoles.Worker, int uses = 1) =>
        JoinToken.TryParse(Authority.CreateToken(roles, TimeSpan.FromHours(1), uses), out JoinToken? token) ? token.Secret : throw new InvalidOperationException("It makes no tokens.");

    public X509Certificate2 Join(NodeIdentity identity, ECDsa? key = null) =>
        Authority.Enroll(Secret(identity.Roles), identity, CertificateIssuer.CreateRequest(key ?? Key()));

    /// <summary>A node that has joined, in a folder of its own.</summary>
    public NodeCredentials Credentials(NodeIdentity identity)
    {
        ECDsa key = Key();
        var credentials = NodeCredentials.Keep(Path.Combine(Root, Guid.NewGuid().ToString("N")), key, Join(identity, key), Authority.Trust.Authority);
        _opened.Add(credentials);
        return credentials;
    }

    public ECDsa Key()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _opened.Add(key);
        return key;
    }

    public void Dispose()
    {
        _opened.ForEach(static opened => opened.Dispose());
        Directory.Delete(Root, recursive: true);
    }
}
