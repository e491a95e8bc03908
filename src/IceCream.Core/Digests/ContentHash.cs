using System.Buffers;
using System.Security.Cryptography;
using IceCream.Jobs;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Digests;

/// <summary>Hashes files: most are headers of a few kilobytes, some are compilers of forty megabytes.</summary>
internal static class ContentHash
{
    /// <summary>Bytes that are read at once; the limit on a content for a <see cref="ContentReader"/>.</summary>
    public const int Piece = 256 << 10;

    /// <summary>Computes the digest of a file's current content.</summary>
    /// <param name="path">The path as it is spelt.</param>
    /// <param name="length">The length by the file's status: a hint, because the file may have grown.</param>
    /// <param name="hash">Receives the digest.</param>
    /// <param name="reader">Called with a content that fits into one piece.</param>
    /// <returns>How many bytes there were.</returns>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static long Compute(string path, long length, Span<byte> hash, ContentReader? reader)
    {
        // One byte more than expected: a short read has then reached the end.
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(length, Piece) + 1);
        try
        {
            using SafeFileHandle file = Linux.OpenRead(path);
            int filled = Linux.Read(file, buffer);
            if (filled < buffer.Length)
            {
                SHA256.HashData(buffer.AsSpan(0, filled), hash);
                reader?.Invoke(new Digest(hash), buffer.AsSpan(0, filled));
                return filled;
            }

            using var hashing = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long read = 0;
            for (; filled > 0; filled = Linux.Read(file, buffer))
            {
                hashing.AppendData(buffer, 0, filled);
                read += filled;
            }

            hashing.GetHashAndReset(hash);
            return read;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
