namespace IceCream.Identity;

/// <summary>The farm refuses to certify a machine. The message is sent to the requester, and reveals nothing secret.</summary>
internal sealed class JoinRefusedException(string message) : IOException(message);
