namespace IceCream.Nodes;

/// <summary>Another agent serves the socket, and does not yield.</summary>
internal sealed class AgentAlreadyRunsException(string message) : IOException(message);
