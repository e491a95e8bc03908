using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Storage;

namespace IceCream.Roots;

/// <summary>The kind of an entry of a root.</summary>
internal enum RootEntryKind
{
    Folder,

    Link,

    /// <summary>A hard link to a blob in the store, with the store's mtime and permissions: only where no job can write.</summary>
    Blob,

    /// <summary>A copy of a blob, with its own inode, mtime and permissions.</summary>
    Copy,
}

/// <summary>An entry at one path of a root. A compile cannot distinguish two equal entries.</summary>
internal readonly record struct RootEntry
{
    public RootEntryKind Kind { get; private init; }

    /// <summary>The blob; default for folders and links.</summary>
    public Digest Digest { get; private init; }

    /// <summary>The target of a link; null otherwise.</summary>
    public string? Target { get; private init; }

    /// <summary>A copy's mtime in whole Unix seconds.</summary>
    public long Modified { get; private init; }

    /// <summary>A copy's permission bits.</summary>
    public uint Permissions { get; private init; }

    /// <summary>Whether placing it writes an executable file.</summary>
    public bool IsProgramOfItsOwn => Kind == RootEntryKind.Copy && (Permissions & 0b001_001_001) != 0;

    public static RootEntry Folder => default;

    public static RootEntry Link(string target) => new() { Kind = RootEntryKind.Link, Target = target };

    public static RootEntry Blob(Digest digest) => new() { Kind = RootEntryKind.Blob, Digest = digest };

    public static RootEntry Copy(TreeFile file, uint permissions) =>
        new() { Kind = RootEntryKind.Copy, Digest = file.Digest, Modified = file.Modified, Permissions = permissions };

    /// <summary>Creates it at a path of this machine that does not exist.</summary>
    /// <returns>False when its blob is not in the store.</returns>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public bool TryPlace(IBlobStore store, string path)
    {
        switch (Kind)
        {
            case RootEntryKind.Folder:
                Directory.CreateDirectory(path);
                return true;
            case RootEntryKind.Link:
                File.CreateSymbolicLink(path, Target!);
                return true;
            case RootEntryKind.Blob:
                return store.TryLink(Digest, path);
            default:
                if (!store.TryCopy(Digest, path))
                {
                    return false;
                }

                File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddSeconds(Modified));
                Linux.SetPermissions(path, Permissions);
                return true;
        }
    }
}
