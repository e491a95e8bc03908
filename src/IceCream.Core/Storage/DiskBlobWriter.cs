using System.Security.Cryptography;
using IceCream.Jobs;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Storage;

/// <summary>Writes a temporary file, hashing as it goes, and hands it to its store when it turned out right. Owns the file until then.</summary>
internal sealed class DiskBlobWriter : IBlobWriter
{
    private const long PreallocateFrom = 1 << 20;

    private readonly string _temporary;
    private readonly Digest _digest;
    private readonly long _length;
    private readonly uint _mode;
    private readonly Action<Digest, string> _publish;
    private readonly SafeFileHandle _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _written;
    private bool _done;

    public DiskBlobWriter(string temporary, Digest digest, long length, uint mode, Action<Digest, string> publish)
    {
        (_temporary, _digest, _length, _mode, _publish) = (temporary, digest, length, mode, publish);

        // Space is claimed at once for large blobs, so that a full disk is noticed before the bytes have travelled.
        // Sharing everything keeps the framework from locking the file: its name is ours alone.
        _file = File.OpenHandle(
            temporary, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete,
            preallocationSize: length >= PreallocateFrom ? length : 0);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_done, this);
        if (bytes.Length > _length - _written)
        {
            throw new InvalidDataException($"Blob {_digest} was announced with {_length} bytes, but more came.");
        }

        try
        {
            RandomAccess.Write(_file, bytes, _written);
        }
        catch (IOException)
        {
            // On a full disk the room is needed now, not when the writer is disposed.
            Dispose();
            throw;
        }

        _hash.AppendData(bytes);
        _written += bytes.Length;
    }

    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_done, this);
        Span<byte> hash = stackalloc byte[Digest.Size];
        _hash.GetHashAndReset(hash);
        if (_written != _length || new Digest(hash) != _digest)
        {
            Dispose();
            throw new InvalidDataException($"What came as blob {_digest} are other bytes ({_written} of {_length}).");
        }

        try
        {
            Linux.SetPermissions(_temporary, _mode);
            _file.Dispose();
            _publish(_digest, _temporary);
            _done = true;
            _hash.Dispose();
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        if (_done)
        {
            return;
        }

        _done = true;
        _hash.Dispose();
        _file.Dispose();
        File.Delete(_temporary);
    }
}
