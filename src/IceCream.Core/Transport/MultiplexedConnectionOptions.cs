namespace IceCream.Transport;

/// <summary>How a connection watches its other end, and its limits.</summary>
internal sealed record MultiplexedConnectionOptions
{
    /// <summary>The defaults.</summary>
    public static MultiplexedConnectionOptions Default { get; } = new();

    /// <summary>How often a beat is sent. Default 5 s.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the other end may be silent before it counts as dead. Default 20 s: three beats missed, and one late.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest frame on any channel, in bytes. Default 64 MiB.</summary>
    public int FrameLimit { get; init; } = 64 << 20;

    /// <summary>How much of a channel may be under way without having been read, in bytes. Default 4 MiB.</summary>
    public int WindowBytes { get; init; } = 4 << 20;

    /// <summary>How many channels the other end may have opened that nobody has accepted yet; more are refused. Default 4096.</summary>
    public int PendingChannels { get; init; } = 4096;
}
