using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Platform;

// Users and groups.
internal static unsafe partial class Linux
{
    private const int ERANGE = 34;

    private const int LongestEntry = 1 << 20;

    /// <summary>The home of this process's effective user by the user database, whatever <c>HOME</c> says; null when the database has none.</summary>
    public static string? RegisteredHome()
    {
        for (int length = 1024; length <= LongestEntry; length *= 4)
        {
            byte[] texts = new byte[length];
            fixed (byte* at = texts)
            {
                DatabaseEntry entry;
                DatabaseEntry* found;
                int error = FindUser(EffectiveUser(), &entry, at, (nuint)length, &found);
                if (error != ERANGE)
                {
                    return error != 0 || found == null ? null : Marshal.PtrToStringUTF8(found->Home);
                }
            }
        }

        return null;
    }

    /// <summary>Whether this process may give a file of its own to a group: it is root, or a member.</summary>
    public static bool MayGiveTo(uint group)
    {
        if (group == EffectiveGroup() || EffectiveUser() == 0)
        {
            return true;
        }

        uint[] groups = new uint[Math.Max(GetGroups(0, null), 0)];
        fixed (uint* at = groups)
        {
            return groups.Length > 0 && GetGroups(groups.Length, at) is > 0 and int count && groups.AsSpan(0, count).Contains(group);
        }
    }

    /// <summary>Gives an open file to a group.</summary>
    /// <returns>0, or the error number.</returns>
    public static int SetGroup(SafeFileHandle file, uint group) => ChangeOwner(file, uint.MaxValue, group) == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "getgroups", SetLastError = true)]
    private static partial int GetGroups(int count, uint* groups);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(SafeHandle file, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    private static partial int FindUser(uint user, DatabaseEntry* entry, byte* texts, nuint length, DatabaseEntry** found);

    /// <summary><c>struct passwd</c> of pwd.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct DatabaseEntry
    {
        public nint Name;
        public nint Password;
        public uint User;
        public uint Group;
        public nint Description;
        public nint Home;
        public nint Shell;
    }
}
