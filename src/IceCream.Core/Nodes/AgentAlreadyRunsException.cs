namespace IceCream.Nodes;

/// <summary>Another agent serves the socket, and keeps it.</summary>
public sealed class AgentAlreadyRunsException(string message) : IOException(message);
