using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Platform;

// Folder operations by descriptor. Names are zero-terminated bytes. No call follows a link or leaves the given folder.
internal static unsafe partial class Linux
{
    public const int EACCES = 13, EISDIR = 21;

    private const int DirectoryOnly = 0x10000, NoWaiting = 0x800, RemoveDirectoryFlag = 0x200;

    /// <summary>RESOLVE_NO_XDEV, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH.</summary>
    private const ulong Beneath = 0x01 | 0x02 | 0x04 | 0x08;

    /// <summary>The system call's number, the same on every architecture.</summary>
    private const nint OpenAt2Number = 437;

    /// <summary>The value of <c>O_DIRECTORY</c>, which differs on ARM.</summary>
    private static readonly int OpenDirectoryFlag = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x4000 : DirectoryOnly;

    /// <summary>Opens a folder by its path.</summary>
    /// <returns>Null, and the error number, when it cannot be opened.</returns>
    public static SafeFileHandle? OpenFolder(string path, out int error)
    {
        int descriptor = OpenCall(path, ReadOnlyCloseOnExec | OpenDirectoryFlag);
        error = descriptor >= 0 ? 0 : Marshal.GetLastPInvokeError();
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
    }

    /// <summary>Opens a path below a folder for reading. Opening a pipe does not wait for a writer.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="path">The path relative to it.</param>
    /// <param name="isFolder">Whether only a folder is accepted.</param>
    /// <param name="error">The error number, or 0.</param>
    /// <returns>Null when it cannot be opened.</returns>
    public static SafeFileHandle? OpenBelow(SafeFileHandle folder, ReadOnlySpan<byte> path, bool isFolder, out int error)
    {
        var how = new OpenHow { Flags = (ulong)(ReadOnlyCloseOnExec | NoWaiting | (isFolder ? OpenDirectoryFlag : 0)), Resolve = Beneath };
        fixed (byte* at = path)
        {
            nint descriptor = OpenAt2(OpenAt2Number, folder, at, &how, (nuint)sizeof(OpenHow));
            error = descriptor >= 0 ? 0 : Marshal.GetLastPInvokeError();
            return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
        }
    }

    /// <summary>The names in a folder without <c>.</c> and <c>..</c>, at most this many.</summary>
    /// <returns>0, or the error number.</returns>
    public static int ReadNames(SafeFileHandle folder, List<byte[]> names, int most)
    {
        // The stream owns its descriptor and the position in the folder, so it gets a descriptor of its own.
        using SafeFileHandle? own = OpenBelow(folder, ".\0"u8, isFolder: true, out int error);
        if (own is null)
        {
            return error;
        }

        nint stream = OpenStream((int)own.DangerousGetHandle());
        if (stream == 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        own.SetHandleAsInvalid();
        try
        {
            while (names.Count < most)
            {
                DirectoryEntry* entry = ReadStream(stream);
                if (entry is null)
                {
                    return Marshal.GetLastPInvokeError();
                }

                ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry->Name);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    names.Add([.. name, 0]);
                }
            }

            return 0;
        }
        finally
        {
            _ = CloseStream(stream);
        }
    }

    /// <summary>Asks for the status of an open file.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Stat(SafeFileHandle file, out FileStatus status) => StatBelow(file, "\0"u8, AtEmptyPath, out status);

    /// <summary>The disk space that an open file takes, in bytes: holes take none. 0 when it cannot be determined.</summary>
    public static long BytesOnDisk(SafeFileHandle file)
    {
        Statx raw;
        fixed (byte* at = "\0"u8)
        {
            return StatxBelow(file, at, AtEmptyPath, BasicStats, &raw) == 0 ? (long)(raw.Blocks * 512) : 0;
        }
    }

    /// <summary>Asks for the status of an entry of a folder.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Stat(SafeFileHandle folder, ReadOnlySpan<byte> name, out FileStatus status) => StatBelow(folder, name, AtSymlinkNoFollow, out status);

    /// <summary>Removes an entry of a folder: an empty folder, or anything else.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Unlink(SafeFileHandle folder, ReadOnlySpan<byte> name, bool isFolder)
    {
        fixed (byte* at = name)
        {
            return UnlinkAt(folder, at, isFolder ? RemoveDirectoryFlag : 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Moves an entry of one folder into another.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Rename(SafeFileHandle folder, ReadOnlySpan<byte> name, SafeFileHandle target, ReadOnlySpan<byte> newName)
    {
        fixed (byte* from = name, to = newName)
        {
            return RenameAt(folder, from, target, to) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sets the permission bits of an entry of a folder that is not a link.</summary>
    /// <returns>0, or the error number.</returns>
    public static int SetPermissions(SafeFileHandle folder, ReadOnlySpan<byte> name, uint permissions)
    {
        fixed (byte* at = name)
        {
            return ChangeModeAt(folder, at, permissions, AtSymlinkNoFollow) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>
    /// The permissions of a file that a compiler creates in a folder. Where the folder has a default access control list (acl(5)), new files get their
    /// permissions from it, and the umask means nothing.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="mode">The permissions that the file would have without a list.</param>
    /// <param name="umask">The umask. A mode that does not follow from it was set by the compiler itself, and stays.</param>
    public static int PermissionsIn(string folder, int mode, int umask)
    {
        const int Requested = 0b110_110_110, Header = 4, Entry = 8, Longest = 4096;
        byte* list = stackalloc byte[Longest];
        nint length = mode == (Requested & ~umask) ? GetAttribute(folder, "system.posix_acl_default", list, Longest) : 0;
        if (length < Header)
        {
            return mode;
        }

        int owner = 0, group = 0, others = 0;
        int? mask = null;
        for (nint at = Header; at + Entry <= length; at += Entry)
        {
            // struct posix_acl_xattr_entry: the kind, the permissions, and for named users and groups a number.
            int permissions = ((ushort*)(list + at))[1];
            switch (((ushort*)(list + at))[0])
            {
                case 0x01:
                    owner = permissions;
                    break;
                case 0x04:
                    group = permissions;
                    break;
                case 0x10:
                    mask = permissions;
                    break;
                case 0x20:
                    others = permissions;
                    break;
            }
        }

        return Requested & ((owner << 6) | ((mask ?? group) << 3) | others);
    }

    private static int StatBelow(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags, out FileStatus status)
    {
        Statx raw;
        fixed (byte* at = name)
        {
            if (StatxBelow(folder, at, flags, BasicStats, &raw) != 0)
            {
                status = default;
                return Marshal.GetLastPInvokeError();
            }
        }

        status = StatusOf(raw);
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint OpenAt2(nint number, SafeFileHandle folder, byte* path, OpenHow* how, nuint size);

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint OpenStream(int descriptor);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial DirectoryEntry* ReadStream(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseStream(nint stream);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int StatxBelow(SafeFileHandle folder, byte* name, int flags, uint mask, Statx* result);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    private static partial int UnlinkAt(SafeFileHandle folder, byte* name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    private static partial int RenameAt(SafeFileHandle folder, byte* name, SafeFileHandle target, byte* newName);

    [LibraryImport("libc", EntryPoint = "getxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetAttribute(string path, string name, byte* value, nuint size);

    [LibraryImport("libc", EntryPoint = "fchmodat", SetLastError = true)]
    private static partial int ChangeModeAt(SafeFileHandle folder, byte* name, uint mode, int flags);

    /// <summary><c>struct open_how</c> of linux/openat2.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    /// <summary><c>struct dirent</c> where file numbers have 64 bits.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct DirectoryEntry
    {
        public ulong Inode;
        public long Offset;
        public ushort Length;
        public byte Type;
        public fixed byte Name[256];
    }
}
