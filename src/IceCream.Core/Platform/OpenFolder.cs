using System.Text;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Platform;

/// <summary>
/// A folder that is held open, in which foreign programs may have created entries that the framework cannot handle: names that are not valid text,
/// paths longer than the limit. Names are zero-terminated bytes; no link is followed and no mount is crossed.
/// </summary>
internal sealed class OpenFolder : IDisposable
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly SafeFileHandle _handle;

    private OpenFolder(SafeFileHandle handle) => _handle = handle;

    /// <summary>Opens a folder.</summary>
    /// <returns>Null when the folder does not exist.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static OpenFolder? TryOpen(string path) =>
        Linux.OpenFolder(path, out int error) is { } handle ? new OpenFolder(handle)
        : error is Linux.ENOENT or Linux.ENOTDIR ? null
        : throw new IOException($"The folder '{path}' cannot be opened: error {error}.");

    /// <summary>Encodes a name or a relative path.</summary>
    public static byte[] BytesOf(string text) => [.. Encoding.UTF8.GetBytes(text), 0];

    /// <summary>Decodes a name or a relative path; null when it is not valid UTF-8.</summary>
    public static string? TextOf(ReadOnlySpan<byte> name)
    {
        try
        {
            return Strict.GetString(name[..^1]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Opens a folder below this one.</summary>
    /// <returns>Null, and the error number, when it cannot be opened.</returns>
    public OpenFolder? TryEnter(ReadOnlySpan<byte> way, out int error) =>
        Linux.OpenBelow(_handle, way, isFolder: true, out error) is { } handle ? new OpenFolder(handle) : null;

    /// <summary>Opens a file below this folder for reading.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public SafeFileHandle OpenFile(ReadOnlySpan<byte> way) => Linux.OpenBelow(_handle, way, isFolder: false, out int error)
        ?? throw new IOException($"The file '{TextOf(way)}' cannot be opened: error {error}.");

    /// <summary>Waits until the names in it are on the disk.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Flush() => RandomAccess.FlushToDisk(_handle);

    /// <summary>Some of the names in it; all of them when there are fewer than <paramref name="most"/>.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public List<byte[]> Read(int most = int.MaxValue)
    {
        var names = new List<byte[]>();
        return Linux.ReadNames(_handle, names, most) is 0 ? names : throw new IOException("A folder cannot be read.");
    }

    /// <summary>The status of an entry.</summary>
    /// <returns>0, or the error number.</returns>
    public int Stat(ReadOnlySpan<byte> name, out FileStatus status) => Linux.Stat(_handle, name, out status);

    /// <summary>Removes an entry: an empty folder, or anything else.</summary>
    /// <returns>0, or the error number.</returns>
    public int Unlink(ReadOnlySpan<byte> name, bool isFolder) => Linux.Unlink(_handle, name, isFolder);

    /// <summary>Moves an entry into another folder.</summary>
    /// <returns>0, or the error number.</returns>
    public int Move(ReadOnlySpan<byte> name, OpenFolder target, ReadOnlySpan<byte> newName) => Linux.Rename(_handle, name, target._handle, newName);

    /// <summary>Sets the permission bits of an entry that is not a link.</summary>
    /// <returns>0, or the error number.</returns>
    public int SetPermissions(ReadOnlySpan<byte> name, uint permissions) => Linux.SetPermissions(_handle, name, permissions);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
