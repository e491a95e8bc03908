namespace IceCream.Host.Configuration;

/// <summary>A setting is invalid; the message says where it was written, what its value is, and what is allowed.</summary>
internal sealed class ConfigurationException(string message) : Exception(message);
