namespace IceCream.Transport;

/// <summary>A stream of which the first bytes have been read already, and are read again. One reader and one writer at a time.</summary>
/// <param name="inner">The rest. It belongs to this one.</param>
/// <param name="head">What was read.</param>
internal sealed class PrefixedStream(Stream inner, ReadOnlyMemory<byte> head) : AwaitedStream(inner)
{
    private readonly Stream _inner = inner;
    private ReadOnlyMemory<byte> _head = head;
    private bool _isExamined;

    /// <summary>Is shown the first byte that arrives, and may throw; null: nobody looks at it.</summary>
    public Action<byte>? Examine { get; init; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Examine is not null && !_isExamined && !buffer.IsEmpty)
        {
            return ExamineAsync(buffer, Examine, cancellationToken);
        }

        if (_head.IsEmpty || buffer.IsEmpty)
        {
            return _inner.ReadAsync(buffer, cancellationToken);
        }

        int taken = Math.Min(buffer.Length, _head.Length);
        _head[..taken].CopyTo(buffer);
        _head = _head[taken..];
        return ValueTask.FromResult(taken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _inner.WriteAsync(buffer, cancellationToken);

    public override void Flush() => _inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    private async ValueTask<int> ExamineAsync(Memory<byte> buffer, Action<byte> examine, CancellationToken cancellationToken)
    {
        _isExamined = true;
        int read = await ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (read > 0)
        {
            examine(buffer.Span[0]);
        }

        return read;
    }
}
