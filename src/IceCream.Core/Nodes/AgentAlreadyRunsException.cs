namespace IceCream.Nodes;

/// <summary>Another agent serves the socket. Whoever wanted one has one.</summary>
public sealed class AgentAlreadyRunsException(string message) : IOException(message);
