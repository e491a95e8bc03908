namespace IceCream.Clients;

/// <summary>
/// How long one end of the peer protocol waits for bytes of the other: a minute, and one more for every MiB that has come or gone. Beats show that the other
/// end lives, not that it does what was asked: whoever says nothing, or drips, is not waited for.
/// </summary>
internal sealed class TransferDeadline : IDisposable
{
    /// <summary>How long nothing at all need move.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private const double BytesPerMinute = 1 << 20;

    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenSource _either;
    private readonly long _since;
    private long _bytes;

    /// <param name="time">What it is measured by.</param>
    /// <param name="cancellationToken">Ends the waits too.</param>
    public TransferDeadline(TimeProvider time, CancellationToken cancellationToken)
    {
        _time = time;
        _since = time.GetTimestamp();
        _over = new CancellationTokenSource(Grace, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, cancellationToken);
    }

    /// <summary>Cancelled when the time is over, or by whoever called.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Some bytes have arrived, or were taken by the other end.</summary>
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
