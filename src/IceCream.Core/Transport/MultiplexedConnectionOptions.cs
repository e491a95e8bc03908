namespace IceCream.Transport;

/// <summary>How a connection watches its other end, and its limits.</summary>
internal sealed record MultiplexedConnectionOptions
{
    /// <summary>The defaults.</summary>
    public static MultiplexedConnectionOptions Default { get; } = new();

    /// <summary>For an end whose other end opens no channels.</summary>
    public static MultiplexedConnectionOptions ControlOnly { get; } = new() { PendingChannels = 0 };

    /// <summary>How often a beat is sent. Default 5 s.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the other end may be silent before it counts as dead. Default 20 s: three beats missed, and one late.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the other end may take nothing of what is being sent: answers to it would pile up. Default 30 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest frame on any channel, in bytes. Default 64 MiB.</summary>
    public int FrameLimit { get; init; } = 64 << 20;

    /// <summary>How much of an opened channel may be under way to this end without having been read, in bytes. Default 4 MiB, and not less than 64 KiB.</summary>
    public int WindowBytes { get; init; } = 4 << 20;

    /// <summary>How many of the channels that the other end opens are accepted at a time; the others wait. Default 4096.</summary>
    public int Channels { get; init; } = 4096;

    /// <summary>How many channels the other end may have opened that wait to be accepted: one more ends the connection. Default 4096.</summary>
    public int PendingChannels { get; init; } = 4096;

    /// <summary>How many bytes of frames that have not arrived as a whole, or are being read, all channels hold together: more end the connection. Default 256 MiB.</summary>
    public long HeldBytes { get; init; } = 256 << 20;
}
