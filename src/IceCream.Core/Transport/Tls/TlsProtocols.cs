using System.Net.Security;

namespace IceCream.Transport.Tls;

/// <summary>What is spoken within TLS (ALPN).</summary>
internal static class TlsProtocols
{
    /// <summary>The farm's own protocol: both ends have shown certificates.</summary>
    public static SslApplicationProtocol Farm { get; } = new("icelib/2");

    /// <summary>One question for a certificate, and its answer: the caller may have none yet.</summary>
    public static SslApplicationProtocol Join { get; } = new("icelib-join/1");
}
