using System.Runtime.InteropServices;

namespace IceCream.Platform;

// The user database.
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
