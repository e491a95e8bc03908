namespace IceCream.Nodes;

/// <summary>Another agent serves the socket, and keeps it.</summary>
internal sealed class AgentAlreadyRunsException(string message) : IOException(message);
