using System.Buffers;
using IceCream.Jobs;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Storage;

/// <summary>Receives the content of outputs: small ones in memory, large ones in a file without a name, so that nothing remains however this process ends.</summary>
/// <param name="folder">The folder of the files; created when first needed.</param>
internal sealed class Spool(string folder)
{
    /// <summary>Starts to receive content of a given length.</summary>
    /// <exception cref="SpoolException">The folder cannot be written.</exception>
    public SpoolWriter Begin(long length)
    {
        if (length <= FileContent.InMemory)
        {
            return new SpoolWriter(length, null);
        }

        try
        {
            Directory.CreateDirectory(folder);
            string path = Path.Combine(folder, Path.GetRandomFileName());
            SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            File.Delete(path);
            return new SpoolWriter(length, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpoolException($"'{folder}' cannot hold outputs: {e.Message}", e);
        }
    }
}

/// <summary>This machine cannot store an output. The message says why.</summary>
internal sealed class SpoolException(string message, Exception inner) : IOException(message, inner);

/// <summary>Content that is being received. Disposing it before <see cref="Finish"/> leaves no trace.</summary>
/// <param name="length">The length of the content in bytes.</param>
/// <param name="file">The file; null for memory.</param>
internal sealed class SpoolWriter(long length, SafeFileHandle? file) : IDisposable
{
    private readonly byte[] _bytes = file is null ? GC.AllocateUninitializedArray<byte>((int)length) : [];
    private SafeFileHandle? _file = file;
    private long _written;

    /// <summary>How many bytes are still missing.</summary>
    public long Left => length - _written;

    /// <summary>Writes the next bytes, at most those that are missing.</summary>
    /// <exception cref="SpoolException">The disk is full, or the file may not be that long.</exception>
    public void Write(in ReadOnlySequence<byte> bytes)
    {
        foreach (ReadOnlyMemory<byte> part in bytes)
        {
            Write(part.Span);
            _written += part.Length;
        }
    }

    /// <summary>The received content. The caller must dispose it.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public OutputContent Finish()
    {
        SafeFileHandle? file = _file;
        _file = null;
        return file is null ? OutputContent.Of(_bytes) : FileContent.Of(file, length);
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_file is null)
        {
            bytes.CopyTo(_bytes.AsSpan((int)_written));
            return;
        }

        try
        {
            RandomAccess.Write(_file, bytes, _written);
        }
        catch (IOException e)
        {
            throw new SpoolException($"There is no room for an output of {length} bytes: {e.Message}", e);
        }
        catch (ArgumentOutOfRangeException e)
        {
            // The framework reports EFBIG in this way.
            throw new SpoolException($"The limit to the size of files (ulimit -f) allows no output of {length} bytes.", e);
        }
    }
}
