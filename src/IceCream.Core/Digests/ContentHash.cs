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
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static void Compute(string path, long length, Span<byte> hash, ContentReader? reader)
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
                return;
            }

            using var hashing = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (; filled > 0; filled = Linux.Read(file, buffer))
            {
                hashing.AppendData(buffer, 0, filled);
            }

            hashing.GetHashAndReset(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
