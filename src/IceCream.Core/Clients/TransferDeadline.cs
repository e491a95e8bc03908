namespace IceCream.Clients;

/// <summary>
/// How long one end of the peer protocol waits for bytes of the other: a minute, and one more for every MiB that was transferred. Heartbeats show that the other
/// end is alive, not that it makes progress: an end that sends nothing, or only a trickle, is given up.
/// </summary>
internal sealed class TransferDeadline : IDisposable
{
    /// <summary>How long a transfer may take before the first byte moves.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private const double BytesPerMinute = 1 << 20;

    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenSource _either;
    private readonly long _since;
    private long _bytes;

    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waits, too.</param>
    public TransferDeadline(TimeProvider time, CancellationToken cancellationToken)
    {
        _time = time;
        _since = time.GetTimestamp();
        _over = new CancellationTokenSource(Grace, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, cancellationToken);
    }

    /// <summary>Cancelled when the time is over, or by the caller's token.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Records bytes that have arrived, or that the other end has accepted.</summary>
    public void Moved(long bytes)
    {
        _bytes += bytes;
        TimeSpan left = Grace + TimeSpan.FromMinutes(_bytes / BytesPerMinute) - _time.GetElapsedTime(_since);
        if (left > TimeSpan.Zero)
        {
            _over.CancelAfter(left);
        }
        else
        {
            _over.Cancel();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _either.Dispose();
        _over.Dispose();
    }
}
