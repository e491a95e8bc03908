namespace IceCream.Transport;

/// <summary>A conversation that cannot go on: a frame that is too long or cut short, or an end that no longer reads.</summary>
internal sealed class TransportException(string message, Exception? inner = null) : IOException(message, inner);
