namespace IceCream.Wire;

/// <summary>A peer's bytes that are no message of the protocol. The connection that carried them is at its end.</summary>
internal sealed class WireFormatException(string message, Exception? inner = null) : Exception(message, inner);
