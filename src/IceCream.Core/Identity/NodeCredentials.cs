using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IceCream.Identity;

/// <summary>
/// What a machine got when it joined a farm: its key, the certificate of that, and the certificate of the farm's authority. They lie in one file that nobody
/// else can read. Safe for use by several threads.
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

    /// <summary>Who the machine is in the farm.</summary>
    public NodeIdentity Identity => _held.Certificate.Identity;

    /// <summary>When its certificate ends, unless it is renewed.</summary>
    public DateTimeOffset NotAfter => _held.Certificate.NotAfter;

    /// <inheritdoc/>
    FarmTrust ICredentials.Trust => Trust;

    /// <summary>Whom it believes.</summary>
    internal FarmTrust Trust { get; }

    /// <summary>The certificate as it is read by others.</summary>
    internal PresentedCertificate Certificate => _held.Certificate;

    /// <summary>The folder of a state directory in which credentials lie.</summary>
    public static string FolderIn(string stateDirectory) => Path.Combine(stateDirectory, "identity");

    /// <summary>Reads what a folder holds.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Null when the machine has not joined a farm.</returns>
    /// <exception cref="IOException">What is there cannot be read, is damaged, or could be used by others: the message says what to do.</exception>
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
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A key for a machine that joins.</summary>
    internal static ECDsa CreateKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Its key once more, for whoever goes on with it.</summary>
    internal ECDsa CopyKey() => ECDsa.Create(_key.ExportParameters(includePrivateParameters: true));

    /// <summary>Keeps what a machine got.</summary>
    /// <param name="folder">Where; made when absent, and closed to others.</param>
    /// <param name="key">The machine's key, which belongs to the credentials from here on.</param>
    /// <param name="certificate">Its certificate.</param>
    /// <param name="authority">The authority's, of which it is known that it is the farm's.</param>
    internal static NodeCredentials Keep(string folder, ECDsa key, X509Certificate2 certificate, X509Certificate2 authority)
    {
        PrivateFile.MakeFolder(folder);
        var credentials = new NodeCredentials(Path.Combine(folder, FileName), key, certificate, authority);
        credentials.Write(certificate);
        return credentials;
    }

    /// <summary>Asks for a certificate of its key.</summary>
    internal byte[] CreateRequest() => CertificateIssuer.CreateRequest(_key);

    /// <summary>Shows another certificate from now on.</summary>
    /// <exception cref="IOException">It is not one of this machine, or not one of this farm.</exception>
    internal void Renew(X509Certificate2 certificate, DateTimeOffset now)
    {
        if (Trust.Examine(certificate, now, TimeSpan.Zero, out PresentedCertificate? presented) is { } objection)
        {
            throw new IOException($"The scheduler sent a certificate that is not good. {objection}");
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
