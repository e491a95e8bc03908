namespace IceCream.Transport;

/// <summary>A listener that can do without callers who say nothing, for protocols whose callers speak first.</summary>
internal interface ISelectiveListener : ITransportListener
{
    /// <summary>
    /// From now on a connection is handed out when its caller has sent something, or has been silent for some time. One whose caller has hung up without a word is closed here, where
    /// that costs least: port scanners make thousands of them.
    /// </summary>
    /// <param name="patience">About how long a silent connection may be kept back. Rounded up to seconds, and further by the kernel, which counts its own retransmissions.</param>
    void SkipSilent(TimeSpan patience);
}
