namespace IceCream.Transport;

/// <summary>How many may be connected to a listener, and for how long without having said who they are.</summary>
internal sealed record ConnectionLimits
{
    /// <summary>How long a connection may take to its greeting. Default 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many connections may be on the way to their greeting at a time: one more costs the oldest of them. Default 256.</summary>
    public int Handshakes { get; init; } = 256;

    /// <summary>
    /// How long a listener rests after a caller that hung up without a word, if it can. Others that arrive meanwhile are accepted together: to wake a thread for each of a
    /// port scanner's visits costs more than the visits. Default 50 ms, which a node does not notice: it connects once.
    /// </summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How many connections there may be at all: one more is closed at once. Default 32,768: an agent and a worker on each of 10,000 machines, and room.</summary>
    public int Connections { get; init; } = 32 << 10;

    /// <summary>
    /// Less than that where the process may open few files: half of what it may is for its own files and threads, for the runtime ends a
    /// process that cannot start a thread.
    /// </summary>
    /// <param name="descriptors">How many more the process may open.</param>
    public ConnectionLimits Within(long descriptors)
    {
        int connections = (int)Math.Clamp(descriptors / 2, 2, Connections);
        return this with { Connections = connections, Handshakes = Math.Min(Handshakes, connections / 2) };
    }
}
