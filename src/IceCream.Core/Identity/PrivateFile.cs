using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Identity;

/// <summary>Files that only their owner can read: keys, and hashes of tokens. They are replaced atomically.</summary>
internal static class PrivateFile
{
    private const uint OwnerOnly = 0b110_000_000, FolderOfOwner = 0b111_000_000, Others = 0b000_111_111;

    /// <summary>Creates a folder that only its owner can enter; an existing folder is closed to others. It is on the disk when this returns.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void MakeFolder(string folder)
    {
        var changed = new List<string>();
        for (string at = Path.GetFullPath(folder); !Directory.Exists(at) && Path.GetDirectoryName(at) is { } above; at = above)
        {
            changed.Add(above);
        }

        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"'{folder}' cannot be made: {e.Message}", e);
        }

        Linux.SetPermissions(folder, FolderOfOwner);
        changed.ForEach(Flush);
    }

    /// <summary>Replaces a file, which is on the disk under its name when this returns.</summary>
    /// <exception cref="IOException">It cannot be kept: the message says why.</exception>
    public static void Replace(string path, string text)
    {
        try
        {
            Write(path, text);
        }
        catch (UnauthorizedAccessException e)
        {
            // Whoever keeps something here is ready for a disk that takes nothing, and a folder that takes nothing is no defect either.
            throw new IOException($"'{path}' cannot be written: {e.Message}", e);
        }
    }

    private static void Write(string path, string text)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var file = new FileStream(temporary, options))
            {
                file.Write(System.Text.Encoding.UTF8.GetBytes(text));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Reads a file that belongs to this user alone.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="IOException">It cannot be read, or others could have read or written it: the message says what to do.</exception>
    public static string? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"'{path}' cannot be read: {e.Message}", e);
        }

        // The open file is asked, and not the path again: what is read is what was looked at.
        using var stream = new FileStream(file, FileAccess.Read);
        if (Linux.Stat(file, out FileStatus status) is not 0 and int error)
        {
            throw new IOException($"'{path}' cannot be asked whose it is, and is not believed: error {error}.");
        }

        if (status.Owner != Linux.EffectiveUser() && Linux.EffectiveUser() != 0)
        {
            throw new IOException($"'{path}' belongs to user {status.Owner}: what is in it is not believed. Remove it, or run this as that user.");
        }

        if ((status.Permissions & Others) != 0)
        {
            throw new IOException($"'{path}' can be used by others than its owner. If nobody has, 'chmod {Convert.ToString(OwnerOnly, 8)} {path}'; else remove it, and join the farm again.");
        }

        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Brings the names in a folder to the disk: without them, what lies under them is lost with the power, flushed or not.</summary>
    private static void Flush(string folder)
    {
        using OpenFolder? open = OpenFolder.TryOpen(folder);
        open?.Flush();
    }
}
