namespace IceCream.Transport;

/// <summary>
/// A connection whose other end has yet to say who it is. Until it has, it may be closed: when its time is up, or to make room for
/// others. Safe for use by several threads.
/// </summary>
internal sealed class Handshake : IDisposable
{
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _session;
    private readonly Action<Handshake> _over;
    private int _isOver;

    /// <param name="timeout">How long it may take.</param>
    /// <param name="time">Measures that.</param>
    /// <param name="over">Called once: the other end has said who it is, or the connection ends.</param>
    /// <param name="ending">Ends the session at any time.</param>
    public Handshake(TimeSpan timeout, TimeProvider time, Action<Handshake> over, CancellationToken ending)
    {
        _deadline = new CancellationTokenSource(timeout, time);
        _session = CancellationTokenSource.CreateLinkedTokenSource(ending, _deadline.Token);
        _over = over;
        Place = new LinkedListNode<Handshake>(this);
        Token = _session.Token;
    }

    /// <summary>Its place among the handshakes of a dispatcher, which guards it: a crowd of them is left in constant time each.</summary>
    public LinkedListNode<Handshake> Place { get; }

    /// <summary>Where it comes from.</summary>
    public string From { get; init; } = "";

    /// <summary>For the whole session: after <see cref="Complete"/> only the node's end cancels it.</summary>
    public CancellationToken Token { get; }

    /// <summary>Whether the other end has said who it is.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The other end has said who it is, and is welcome.</summary>
    public void Complete()
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            IsComplete = true;
            _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
            _over(this);
        }
    }

    /// <summary>Ends the connection, unless the other end has just said who it is.</summary>
    public void Abandon()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0)
        {
            return;
        }

        _over(this);
        try
        {
            _deadline.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The handshake has just ended by itself.
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            _over(this);
        }

        _session.Dispose();
        _deadline.Dispose();
    }
}
