namespace IceCream.Transport;

/// <summary>
/// An accepted connection whose other end has yet to prove who it is. Whoever serves it lets it do so first, apart from the loop that accepts; nothing can be
/// read from it before.
/// </summary>
internal interface IUnidentifiedConnection : ITransportConnection
{
    /// <summary>Hears who it is.</summary>
    /// <returns>The connection to go on with. Disposing either disposes both.</returns>
    /// <exception cref="StrangerException">It speaks in the clear where that is not enough: it is to be told so in the clear.</exception>
    /// <exception cref="IOException">It is not believed, and has been told why.</exception>
    ValueTask<ITransportConnection> IdentifyAsync(CancellationToken cancellationToken);
}

/// <summary>The other end speaks in the clear, and is not believed: the message is for both.</summary>
internal sealed class StrangerException(string message) : IOException(message);
