using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Platform;

/// <summary>The result of <c>statx</c> for a file.</summary>
/// <param name="Mode">Type and permission bits.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Device">Major and minor number of its device.</param>
/// <param name="Inode">Its number on the device.</param>
/// <param name="Links">The number of its hard links.</param>
/// <param name="ModifiedSeconds">Time of modification, whole Unix seconds.</param>
/// <param name="ModifiedNanoseconds">The rest of it.</param>
/// <param name="ChangedSeconds">Time of the last change of its inode, whole Unix seconds.</param>
/// <param name="ChangedNanoseconds">The rest of it.</param>
/// <param name="Owner">The owner's user number.</param>
/// <param name="Group">The number of its group.</param>
internal readonly record struct FileStatus(
    uint Mode,
    long Length,
    ulong Device,
    ulong Inode,
    uint Links,
    long ModifiedSeconds,
    uint ModifiedNanoseconds,
    long ChangedSeconds,
    uint ChangedNanoseconds,
    uint Owner,
    uint Group)
{
    public bool IsRegular => (Mode & Linux.TypeMask) == Linux.Regular;

    public bool IsDirectory => (Mode & Linux.TypeMask) == Linux.Directory;

    public bool IsLink => (Mode & Linux.TypeMask) == Linux.SymbolicLink;

    public bool IsSocket => (Mode & Linux.TypeMask) == Linux.Socket;

    /// <summary>Whether opening or reading it may block until another process takes part.</summary>
    public bool IsPipe => (Mode & Linux.TypeMask) is Linux.Fifo or Linux.Socket;

    /// <summary>Whether users other than its owner and its group may read it.</summary>
    public bool IsForAll => (Mode & 0b100) != 0;

    /// <summary>Whether it is a file that some user may execute. A search for programs ignores all others.</summary>
    public bool IsProgram => IsRegular && (Mode & 0b001_001_001) != 0;

    /// <summary>The permission bits that matter for an input: whether it may leave this machine, and whether compilers take it for a program.</summary>
    public byte Rights => (byte)(Mode & 0b001_001_101);

    public int Permissions => (int)(Mode & 0xFFF);
}

/// <summary>All system calls that the framework does not offer. Only the files of this class make such calls.</summary>
internal static unsafe partial class Linux
{
    public const uint TypeMask = 0xF000, Regular = 0x8000, Directory = 0x4000, SymbolicLink = 0xA000, Fifo = 0x1000, Socket = 0xC000;
    public const int ENOENT = 2, ENOEXEC = 8, EEXIST = 17, EXDEV = 18, ENOTDIR = 20, ENOSPC = 28, EMLINK = 31, EWOULDBLOCK = 11, EPERM = 1, EINTR = 4, EIO = 5, EDQUOT = 122;
    public const int SIGTERM = 15, SIGKILL = 9, SIGINT = 2, SIGHUP = 1, SIGQUIT = 3;

    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int AtCurrentDirectory = -100, AtSymlinkNoFollow = 0x100, AtEmptyPath = 0x1000, BasicStats = 0x7FF;
    private const int LongestPath = 4096;
    private const uint GetProcessInfo = 0xC040FF0B;
    private const ulong ProcessExit = 1 << 3;
    private const int MayWrite = 2, MaySearch = 1;

    /// <summary>Asks for the status of a path.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Stat(string path, bool followLinks, out FileStatus status)
    {
        Statx raw;
        if (StatxCall(AtCurrentDirectory, path, followLinks ? 0 : AtSymlinkNoFollow, BasicStats, &raw) != 0)
        {
            status = default;
            return Marshal.GetLastPInvokeError();
        }

        status = StatusOf(raw);
        return 0;
    }

    /// <summary>
    /// Opens a file for reading by the path as it is spelled. The framework rewrites <c>a/../b</c> to <c>b</c> first, which is another
    /// file when <c>a</c> is a symbolic link.
    /// </summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle OpenRead(string path)
    {
        int descriptor = OpenCall(path, ReadOnlyCloseOnExec);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"Cannot open '{path}': error {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>Reads from the current position of an open file. The framework makes four system calls on a file before it reads the first byte.</summary>
    /// <returns>The number of bytes; fewer than the buffer holds only at the end of the file.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static int Read(SafeFileHandle file, Span<byte> into)
    {
        int filled = 0;
        while (filled < into.Length)
        {
            nint read;
            fixed (byte* at = into[filled..])
            {
                read = ReadCall(file, at, (nuint)(into.Length - filled));
            }

            if (read == 0)
            {
                break;
            }

            if (read > 0)
            {
                filled += (int)read;
            }
            else if (Marshal.GetLastPInvokeError() is not EINTR and int error)
            {
                throw new IOException($"Cannot read a file: error {error}.", error);
            }
        }

        return filled;
    }

    /// <summary>Reads a whole file by the path as it is spelled.</summary>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        using SafeFileHandle file = OpenRead(path);
        byte[] bytes = new byte[RandomAccess.GetLength(file)];
        int filled = Read(file, bytes);
        return filled == bytes.Length ? bytes : bytes[..filled];
    }

    /// <summary>The target of a symbolic link; null when the path is no link, or the target is longer than a path may be.</summary>
    public static string? LinkTarget(string path)
    {
        byte* target = stackalloc byte[LongestPath];
        nint length = ReadLinkCall(path, target, LongestPath);
        return length is > 0 and < LongestPath ? Encoding.UTF8.GetString(target, (int)length) : null;
    }

    /// <summary>Extends a file to a length and allocates the disk space.</summary>
    /// <exception cref="IOException">The disk is full, or the file may not be that long.</exception>
    public static void Allocate(SafeHandle file, long length)
    {
        int error;
        do
        {
            // A file system in memory gives up at any signal, also at that of a child's end.
            error = PosixFallocate(file, 0, length);
        }
        while (error == EINTR);

        if (error != 0)
        {
            throw new IOException($"There is no room for {length} bytes: error {error}.");
        }
    }

    /// <summary>Creates another hard link to a file.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Link(string existing, string path) => LinkCall(existing, path) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Sets the permission bits of a file.</summary>
    /// <exception cref="IOException">They cannot be set.</exception>
    public static void SetPermissions(string path, uint permissions)
    {
        if (ChangeMode(path, permissions) != 0)
        {
            throw new IOException($"Cannot set the permissions of '{path}': error {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <summary>Sends a signal; a negative number denotes a process group.</summary>
    /// <returns>False when there is no such process, or it is not ours.</returns>
    public static bool Kill(int process, int signal) => KillCall(process, signal) == 0;

    /// <summary>Asks a <c>pidfd</c> for the process's number and, once its parent has reaped it, for its exit status.</summary>
    /// <param name="process">The pidfd.</param>
    /// <param name="number">The process's number; 0 when it has none any more, or the kernel does not report it.</param>
    /// <param name="status">The status as <c>wait</c> gives it; null before the end, and before Linux 6.15.</param>
    /// <returns>False when the kernel does not support the request.</returns>
    public static bool TryAskProcess(SafeHandle process, out int number, out int? status)
    {
        var info = new ProcessInfo { Mask = ProcessExit };
        bool answers = IoControl(process, GetProcessInfo, &info) == 0;
        number = answers ? (int)info.Process : 0;
        status = answers && (info.Mask & ProcessExit) != 0 ? info.ExitStatus : null;
        return answers;
    }

    /// <summary>Whether this process may create and remove files in a folder: it has the permissions, and the file system is writable.</summary>
    public static bool MayWriteIn(string folder) => AccessCall(folder, MayWrite | MaySearch) == 0;

    /// <summary>The effective user number of this process.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    /// <summary>The effective group number of this process.</summary>
    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint EffectiveGroup();

    /// <summary>Makes this process the leader of a new session and returns its number; -1 when it already leads a process group.</summary>
    [LibraryImport("libc", EntryPoint = "setsid")]
    public static partial int NewSession();

    private static FileStatus StatusOf(in Statx raw) => new(
        raw.Mode, (long)raw.Size, ((ulong)raw.DeviceMajor << 32) | raw.DeviceMinor, raw.Inode, raw.Links,
        raw.Modified.Seconds, raw.Modified.Nanoseconds, raw.Changed.Seconds, raw.Changed.Nanoseconds, raw.Owner, raw.Group);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatxCall(int directory, string path, int flags, uint mask, Statx* result);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int OpenCall(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadCall(SafeFileHandle file, byte* into, nuint length);

    [LibraryImport("libc", EntryPoint = "readlink", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ReadLinkCall(string path, byte* target, nuint size);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int PosixFallocate(SafeHandle file, long offset, long length);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int LinkCall(string existing, string path);

    [LibraryImport("libc", EntryPoint = "chmod", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int ChangeMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int AccessCall(string path, int mode);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int KillCall(int process, int signal);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoControl(SafeHandle file, nuint request, ProcessInfo* info);

    /// <summary><c>struct pidfd_info</c> of linux/pidfd.h, in its first version.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct ProcessInfo
    {
        public ulong Mask;
        public ulong ControlGroup;
        public uint Process;
        public uint Group;
        public uint Parent;
        public uint RealUser;
        public uint RealGroup;
        public uint EffectiveUser;
        public uint EffectiveGroup;
        public uint SavedUser;
        public uint SavedGroup;
        public uint FileUser;
        public uint FileGroup;
        public int ExitStatus;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Timestamp
    {
        public long Seconds;
        public uint Nanoseconds;
        public int Reserved;
    }

    /// <summary><c>struct statx</c> of linux/stat.h: the same on every architecture.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Statx
    {
        public uint Mask;
        public uint BlockSize;
        public ulong Attributes;
        public uint Links;
        public uint Owner;
        public uint Group;
        public ushort Mode;
        public ushort Spare;
        public ulong Inode;
        public ulong Size;
        public ulong Blocks;
        public ulong AttributesMask;
        public Timestamp Accessed;
        public Timestamp Born;
        public Timestamp Changed;
        public Timestamp Modified;
        public uint SpecialMajor;
        public uint SpecialMinor;
        public uint DeviceMajor;
        public uint DeviceMinor;
    }
}
