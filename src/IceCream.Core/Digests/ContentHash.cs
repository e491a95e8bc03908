using System.Buffers;
using System.Security.Cryptography;
using IceCream.Jobs;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Digests;

/// <summary>Hashes files: most are headers of some kilobytes, some are compilers of forty megabytes.</summary>
internal static class ContentHash
{
    /// <summary>What is read at once, and shown to who wants to read it too.</summary>
    public const int Piece = 256 << 10;

    /// <summary>Computes the digest of what a file says now.</summary>
    /// <param name="path">As it is spelled.</param>
    /// <param name="length">What the file's status says: a hint, it may have grown.</param>
    /// <param name="hash">Takes the digest.</param>
    /// <param name="reader">Is shown a content that fits into one piece.</param>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    public static void Compute(string path, long length, Span<byte> hash, ContentReader? reader)
    {
        // One byte more than there should be: a read that comes back short has seen the end.
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
