using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IceCream.Identity;

/// <summary>
/// What a machine has from joining a farm: its key, the certificate for that key, and the certificate of the farm's authority. They are in one file that other
/// users cannot read. Thread-safe.
/// </summary>
public sealed class NodeCredentials : ICredentials, IDisposable
{
    private const string FileName = "node.pem";

    private readonly string _path;
    private readonly ECDsa _key;
    private volatile Held _held;

    private NodeCredentials(string path, ECDsa key, X509Certificate2 certificate, X509Certificate2 authority)
    {
        (_path, _key) = (path, key);
        Trust = new FarmTrust(authority);
        _held = Hold(certificate);
    }

    private sealed record Held(PresentedCertificate Certificate, SslStreamCertificateContext Context);

    /// <summary>The machine's identity in the farm.</summary>
    public NodeIdentity Identity => _held.Certificate.Identity;

    /// <summary>When its certificate expires, unless it is renewed.</summary>
    public DateTimeOffset NotAfter => _held.Certificate.NotAfter;

    /// <inheritdoc/>
    FarmTrust ICredentials.Trust => Trust;

    /// <summary>Which certificates it accepts.</summary>
    internal FarmTrust Trust { get; }

    /// <summary>The certificate, as peers read it.</summary>
    internal PresentedCertificate Certificate => _held.Certificate;

    /// <summary>The folder of a state directory that holds credentials.</summary>
    public static string FolderIn(string stateDirectory) => Path.Combine(stateDirectory, "identity");

    /// <summary>Loads the credentials of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Null when the machine has not joined a farm.</returns>
    /// <exception cref="IOException">The file cannot be read, is damaged, or could be used by others: the message says what to do.</exception>
    public static NodeCredentials? Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            if (PrivateFile.Read(path) is not { } pem)
            {
                return null;
            }

            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(pem);
            var key = ECDsa.Create();
            key.ImportFromPem(pem);
            return certificates is [var certificate, var authority]
                ? new NodeCredentials(path, key, certificate, authority)
                : throw new CryptographicException($"it holds {certificates.Count} certificates, and not two");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new IOException($"'{path}' is damaged: {e.Message.TrimEnd('.')}. Remove it, and join the farm again by --join-file.", e);
        }
    }

    /// <summary>Creates a key for a machine that joins.</summary>
    internal static ECDsa CreateKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>A copy of the key, for credentials that replace these.</summary>
    internal ECDsa CopyKey() => ECDsa.Create(_key.ExportParameters(includePrivateParameters: true));

    /// <summary>Stores the credentials of a machine.</summary>
    /// <param name="folder">The folder; created when absent, and closed to others.</param>
    /// <param name="key">The machine's key, which the credentials own from here on.</param>
    /// <param name="certificate">The machine's certificate.</param>
    /// <param name="authority">The authority's certificate, already verified to be the farm's.</param>
    internal static NodeCredentials Keep(string folder, ECDsa key, X509Certificate2 certificate, X509Certificate2 authority)
    {
        PrivateFile.MakeFolder(folder);
        var credentials = new NodeCredentials(Path.Combine(folder, FileName), key, certificate, authority);
        credentials.Write(certificate);
        return credentials;
    }

    /// <summary>Creates a certificate request for the key.</summary>
    internal byte[] CreateRequest() => CertificateIssuer.CreateRequest(_key);

    /// <summary>Presents another certificate from now on, and stores it.</summary>
    /// <exception cref="IOException">The certificate is not this machine's or not this farm's, or cannot be stored.</exception>
    internal void Renew(X509Certificate2 certificate, DateTimeOffset now)
    {
        if (Trust.Examine(certificate, now, TimeSpan.Zero, out PresentedCertificate? presented) is { } refusal)
        {
            throw new IOException($"The scheduler sent a certificate that is not good. {refusal}");
        }

        if (presented!.Key != Certificate.Key || presented.Identity != Identity)
        {
            throw new IOException("The scheduler sent the certificate of another node.");
        }

        _held = Hold(certificate);
        Write(certificate);
    }

    /// <inheritdoc/>
    SslStreamCertificateContext ICredentials.Show() => _held.Context;

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    [SuppressMessage("Reliability", "CA2000", Justification = "The context holds the certificate for as long as connections use it.")]
    private Held Hold(X509Certificate2 certificate) => new(
        PresentedCertificate.Read(certificate) ?? throw new IOException("The certificate names no node."),
        SslStreamCertificateContext.Create(certificate.CopyWithPrivateKey(_key), [], offline: true));

    private void Write(X509Certificate2 certificate) => PrivateFile.Replace(
        _path, $"{certificate.ExportCertificatePem()}\n{Trust.Authority.ExportCertificatePem()}\n{_key.ExportPkcs8PrivateKeyPem()}\n");
}
