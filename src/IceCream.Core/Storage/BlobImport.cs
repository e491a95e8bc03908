using System.Buffers;
using IceCream.Jobs;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Storage;

/// <summary>Imports a file of this machine into a store, reading it once.</summary>
internal static class BlobImport
{
    private const int ChunkSize = 128 * 1024;

    public static bool TryImport(IBlobStore store, Digest digest, string path)
    {
        // The check comes before the open: opening a pipe would wait for its writer.
        if (Linux.Stat(path, followLinks: true, out FileStatus status) != 0 || !status.IsRegular)
        {
            return false;
        }

        SafeFileHandle source;
        try
        {
            source = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            using IBlobWriter writer = store.Create(digest, status.Length);
            for (long offset = 0; ;)
            {
                int count = Read(source, buffer, offset);
                if (count == 0)
                {
                    writer.Commit();
                    return true;
                }

                if (count < 0)
                {
                    return false;
                }

                writer.Write(buffer.AsSpan(0, count));
                offset += count;
            }
        }
        catch (InvalidDataException)
        {
            // The file's content does not have the digest, which is a regular outcome and not a failure.
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            source.Dispose();
        }
    }

    private static int Read(SafeFileHandle source, byte[] buffer, long offset)
    {
        try
        {
            return RandomAccess.Read(source, buffer, offset);
        }
        catch (IOException)
        {
            // A file that cannot be read counts as missing; an unwritable store, in contrast, is an error.
            return -1;
        }
    }
}
