using System.Security.Cryptography;
using IceCream.Jobs;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Storage;

/// <summary>Writes and hashes a temporary file, and hands it to its store when the digest is right. It owns the file until then.</summary>
internal sealed class DiskBlobWriter : IBlobWriter
{
    private readonly string _temporary;
    private readonly Digest _digest;
    private readonly long _length;
    private readonly uint _mode;
    private readonly Action<Digest, string> _publish;
    private readonly Func<long, bool> _makeRoom;
    private readonly SafeFileHandle? _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _written;
    private bool _done;

    public DiskBlobWriter(string temporary, Digest digest, long length, uint mode, Action<Digest, string> publish, Func<long, bool> makeRoom)
    {
        (_temporary, _digest, _length, _mode, _publish, _makeRoom) = (temporary, digest, length, mode, publish, makeRoom);

        // FileShare values that allow everything keep the framework from locking the file: its name is unique anyway.
        _file = Open();
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_done, this);
        if (bytes.Length > _length - _written)
        {
            throw new InvalidDataException($"Blob {_digest} was announced with {_length} bytes, but more came.");
        }

        Put(bytes);
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
            _file!.Dispose();
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

        // The handle is null when the disk had no room for an empty file.
        _file?.Dispose();
        File.Delete(_temporary);
    }

    private SafeFileHandle Open()
    {
        while (true)
        {
            try
            {
                return File.OpenHandle(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            }
            catch (IOException e) when (e.HResult is Linux.ENOSPC or Linux.EDQUOT)
            {
                MakeRoomOrThrow(e);
            }
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            try
            {
                RandomAccess.Write(_file!, bytes, _written);
                return;
            }
            catch (IOException e) when (e.HResult is Linux.ENOSPC or Linux.EDQUOT)
            {
                MakeRoomOrThrow(e);
            }
            catch (ArgumentOutOfRangeException e)
            {
                // The framework reports EFBIG in this way.
                throw new IOException($"The {_length} bytes of blob {_digest} are more than the limit to the size of files (ulimit -f) allows.", e);
            }
        }
    }

    /// <summary>Evicts other blobs for this one, or throws. The blobs also count against a quota of their user, which may be smaller than the store's limit.</summary>
    private void MakeRoomOrThrow(IOException full)
    {
        if (_makeRoom(_length - _written))
        {
            return;
        }

        // Dispose releases the space of the partial file now, not when the writer is disposed.
        Dispose();
        throw new IOException(
            $"The disk of '{Path.GetDirectoryName(_temporary)}' is full: there is no room for the {_length} bytes of blob {_digest}, and nothing more can be evicted. Free some of it.",
            full);
    }
}
