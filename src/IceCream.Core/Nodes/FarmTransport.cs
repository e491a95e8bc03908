using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Transport.Tls;

namespace IceCream.Nodes;

/// <summary>How a node speaks to others: the one place where it is decided who may listen in, and who is believed.</summary>
internal static class FarmTransport
{
    /// <summary>Within TLS for who has joined a farm, in the clear for who was told so, and else within this machine and with trusted users alone.</summary>
    /// <param name="transport">What is beneath.</param>
    /// <param name="credentials">What the node shows; null when it has joined no farm.</param>
    /// <param name="isInsecure">Whether it may speak in the clear to other machines.</param>
    /// <param name="time">The time.</param>
    /// <param name="takesJoins">Whether machines join here.</param>
    public static ITransport Over(ITransport transport, ICredentials? credentials, bool isInsecure, TimeProvider time, bool takesJoins = false) =>
        credentials is not null ? new TlsTransport(transport, credentials, time) { TakesJoins = takesJoins }
        : isInsecure ? transport
        : new ThisMachineTransport(transport);

    /// <summary>Why a node may not be reached at an address; null when it may.</summary>
    /// <param name="what">The node, for people.</param>
    /// <param name="address">The address.</param>
    /// <param name="transport">How it is reached.</param>
    /// <param name="isInsecure">As above.</param>
    public static string? ObjectionTo(string what, FarmAddress address, ITransport transport, bool isInsecure) =>
        address.IsLocal || isInsecure || transport.Secures(address) ? null
            : $"{what} at {address} would speak in the clear to other machines. Join a farm by --join-file; or on a closed network allow that by ICECREAM_INSECURE=1 or --insecure; or listen on loopback.";
}
