using IceCream.Jobs;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Storage;

/// <summary>The content of an open file, which needs no name any more.</summary>
internal sealed class FileContent : OutputContent
{
    /// <summary>Content up to this many bytes is held in memory instead of a file.</summary>
    public const int InMemory = 1 << 20;

    private readonly SafeFileHandle _file;

    private FileContent(SafeFileHandle file, long length) => (_file, Length) = (file, length);

    public override long Length { get; }

    /// <summary>Takes over an open file, with its current length.</summary>
    /// <exception cref="InvalidDataException">It is longer than <paramref name="limit"/>, including holes, or not a regular file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static OutputContent Of(SafeFileHandle file, long limit)
    {
        bool isKept = false;
        try
        {
            if (Linux.Stat(file, out FileStatus status) is not 0 and int error)
            {
                throw new IOException($"A file cannot be asked for its length: error {error}.");
            }

            if (!status.IsRegular || status.Length > limit)
            {
                throw new InvalidDataException($"The compile wrote a file of {status.Length} bytes, where {limit} are left of what may travel.");
            }

            if (status.Length <= InMemory)
            {
                byte[] bytes = new byte[status.Length];
                int read = Linux.Read(file, bytes);
                return Of(bytes.AsMemory(0, read));
            }

            isKept = true;
            return new FileContent(file, status.Length);
        }
        finally
        {
            if (!isKept)
            {
                file.Dispose();
            }
        }
    }

    public override int Read(long offset, Span<byte> into)
    {
        int filled = 0;
        into = into[..(int)Math.Min(into.Length, Length - offset)];
        while (filled < into.Length)
        {
            int read = RandomAccess.Read(_file, into[filled..], offset + filled);
            if (read == 0)
            {
                throw new IOException("A file became shorter while it was being read.");
            }

            filled += read;
        }

        return filled;
    }

    /// <summary>Clones this content into an open file without copying (reflink), if the file system supports it.</summary>
    /// <returns>False when it does not; nothing has been written then.</returns>
    public bool TryClone(SafeFileHandle into) => Linux.TryClone(_file, into);

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }
}
