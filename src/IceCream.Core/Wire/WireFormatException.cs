namespace IceCream.Wire;

/// <summary>Bytes of a peer that are no message of the protocol. The connection that carried them must be closed.</summary>
internal sealed class WireFormatException(string message, Exception? inner = null) : Exception(message, inner);
