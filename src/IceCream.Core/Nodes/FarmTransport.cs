using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Transport.Tls;

namespace IceCream.Nodes;

/// <summary>Chooses the transport of a node: the one place that decides on encryption and on which peers are trusted.</summary>
internal static class FarmTransport
{
    /// <summary>TLS for a node that has joined a farm; unencrypted where that is allowed; else only this machine and trusted users.</summary>
    /// <param name="transport">The underlying transport.</param>
    /// <param name="credentials">The node's credentials; null when it has joined no farm.</param>
    /// <param name="isInsecure">Whether unencrypted connections to other machines are allowed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="takesJoins">Whether other machines may join the farm through this node.</param>
    public static ITransport Over(ITransport transport, ICredentials? credentials, bool isInsecure, TimeProvider time, bool takesJoins = false) =>
        credentials is not null ? new TlsTransport(transport, credentials, time) { TakesJoins = takesJoins }
        : isInsecure ? transport
        : new ThisMachineTransport(transport);

    /// <summary>Why a node must not listen at an address; null when it may.</summary>
    /// <param name="what">The node, for people.</param>
    /// <param name="address">The address.</param>
    /// <param name="transport">The transport.</param>
    /// <param name="isInsecure">Whether unencrypted connections to other machines are allowed.</param>
    public static string? ReasonToRefuse(string what, FarmAddress address, ITransport transport, bool isInsecure) =>
        address.IsLocal || isInsecure || transport.Secures(address) ? null
            : $"{what} at {address} would speak in the clear to other machines. Join a farm by --join-file; or on a closed network allow that by ICECREAM_INSECURE=1 or --insecure; or listen on loopback.";
}
