namespace IceCream.Identity;

/// <summary>The farm does not take a machine in: the message is for whoever asked, and gives nothing away.</summary>
internal sealed class JoinRefusedException(string message) : IOException(message);
