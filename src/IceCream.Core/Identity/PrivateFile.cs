using IceCream.Platform;

namespace IceCream.Identity;

/// <summary>Files that only their owner can read: keys, and hashes of tokens. They are replaced atomically.</summary>
internal static class PrivateFile
{
    private const uint OwnerOnly = 0b110_000_000, FolderOfOwner = 0b111_000_000, Others = 0b000_111_111;

    /// <summary>Creates a folder that only its owner can enter; an existing folder is closed to others.</summary>
    public static void MakeFolder(string folder)
    {
        Directory.CreateDirectory(folder);
        Linux.SetPermissions(folder, FolderOfOwner);
    }

    /// <summary>Replaces a file, which is on the disk when this returns.</summary>
    public static void Replace(string path, string text)
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
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Reads a file that belongs to this user alone.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="IOException">Others could have read or written the file: the message says what to do.</exception>
    public static string? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        if (Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.Owner != Linux.EffectiveUser() && Linux.EffectiveUser() != 0)
        {
            throw new IOException($"'{path}' belongs to user {status.Owner}: what is in it is not believed. Remove it, or run this as that user.");
        }

        return (status.Permissions & Others) == 0 ? File.ReadAllText(path)
            : throw new IOException($"'{path}' can be used by others than its owner. If nobody has, 'chmod {Convert.ToString(OwnerOnly, 8)} {path}'; else remove it, and join the farm again.");
    }
}
