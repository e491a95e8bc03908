namespace IceCream.Jobs;

/// <summary>
/// The bytes of a file that a compile wrote. Large contents are on disk, in a file without a name: disposing releases the space at once, otherwise
/// garbage collection releases it.
/// </summary>
public abstract class OutputContent : IDisposable
{
    private protected OutputContent()
    {
    }

    /// <summary>No bytes.</summary>
    public static OutputContent Empty { get; } = Of(ReadOnlyMemory<byte>.Empty);

    /// <summary>How many bytes there are.</summary>
    public abstract long Length { get; }

    /// <summary>Content in memory. The caller must not change the bytes any more.</summary>
    public static OutputContent Of(ReadOnlyMemory<byte> bytes) => new InMemory(bytes);

    /// <summary>Reads bytes from an offset, as many as fit into the buffer.</summary>
    /// <param name="offset">The offset, 0 to <see cref="Length"/>.</param>
    /// <param name="into">The buffer.</param>
    /// <returns>The number of bytes; fewer than the buffer holds only at the end.</returns>
    /// <exception cref="IOException">They cannot be read.</exception>
    public abstract int Read(long offset, Span<byte> into);

    /// <summary>All bytes, for contents that are known to be small.</summary>
    /// <exception cref="IOException">They cannot be read, or are more than an array can hold.</exception>
    public byte[] ToArray()
    {
        byte[] bytes = Length <= Array.MaxLength ? new byte[Length] : throw new IOException($"No array holds {Length} bytes.");
        int read = Read(0, bytes);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    private sealed class InMemory(ReadOnlyMemory<byte> bytes) : OutputContent
    {
        public override long Length => bytes.Length;

        public override int Read(long offset, Span<byte> into)
        {
            ReadOnlySpan<byte> rest = bytes.Span[(int)offset..];
            rest = rest[..Math.Min(rest.Length, into.Length)];
            rest.CopyTo(into);
            return rest.Length;
        }
    }
}
