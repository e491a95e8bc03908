namespace IceCream.Host.Configuration;

/// <summary>What the user wrote cannot be meant: the message says where it stands, what it is, and what is allowed.</summary>
internal sealed class ConfigurationException(string message) : Exception(message);
