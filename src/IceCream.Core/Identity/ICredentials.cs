using System.Net.Security;

namespace IceCream.Identity;

/// <summary>What an end of a connection shows, and whom it believes.</summary>
internal interface ICredentials
{
    /// <summary>Whom it believes.</summary>
    FarmTrust Trust { get; }

    /// <summary>The certificate to show now, with its key.</summary>
    SslStreamCertificateContext Show();
}
