using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Transport;

/// <summary>Several transports as one: the first that serves an address gets it.</summary>
/// <param name="transports">The transports, in order of preference.</param>
internal sealed class CompositeTransport(params IEnumerable<ITransport> transports) : ITransport
{
    private readonly ImmutableArray<ITransport> _transports = [.. transports];

    /// <inheritdoc/>
    public bool Serves(FarmAddress address) => _transports.Any(transport => transport.Serves(address));

    /// <inheritdoc/>
    public bool Secures(FarmAddress address) => _transports.FirstOrDefault(transport => transport.Serves(address))?.Secures(address) ?? false;

    /// <inheritdoc/>
    public ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default) =>
        Find(address).ConnectAsync(address, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default) =>
        Find(address).ListenAsync(address, cancellationToken);

    private ITransport Find(FarmAddress address) =>
        _transports.FirstOrDefault(transport => transport.Serves(address)) ?? throw new IOException($"No transport serves {address}.");
}
