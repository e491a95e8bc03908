using System.Net.Security;

namespace IceCream.Identity;

/// <summary>The certificate that one end presents, and the certificates that it accepts.</summary>
internal interface ICredentials
{
    /// <summary>Which certificates it accepts.</summary>
    FarmTrust Trust { get; }

    /// <summary>The certificate to present now, with its key.</summary>
    SslStreamCertificateContext Show();
}
