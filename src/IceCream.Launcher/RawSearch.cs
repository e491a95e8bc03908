using System.Globalization;
using System.Text;
using IceCream.CommandLine;
using IceCream.Platform;
using IceCream.Toolchains;

namespace IceCream.Launcher;

/// <summary>
/// Finds the compiler behind a name on a search path that is not UTF-8, byte by byte. As text, a folder whose name is none would be passed over, and another compiler of
/// the name be found behind it.
/// </summary>
internal static unsafe class RawSearch
{
    /// <summary>Finds the first program of a name that is neither this launcher, a copy of it, nor another wrapper of compilers.</summary>
    /// <param name="name">The program's name.</param>
    /// <param name="path">The search path.</param>
    /// <param name="self">The launcher's own file; null when it is unknown.</param>
    /// <returns>Its path with a terminating zero, relative where the folder is; null when there is none.</returns>
    public static byte[]? Find(string name, ReadOnlySpan<byte> path, FileStatus? self)
    {
        byte[] word = Encoding.UTF8.GetBytes(name);
        foreach (Range range in path.Split((byte)':'))
        {
            ReadOnlySpan<byte> folder = path[range].IsEmpty ? "."u8 : path[range];
            byte[] file = [.. folder, (byte)'/', .. word, 0];
            if (IsCompiler(file, self))
            {
                return file;
            }
        }

        return null;
    }

    private static bool IsCompiler(byte[] file, FileStatus? self)
    {
        int descriptor;
        fixed (byte* start = file)
        {
            descriptor = Libc.OpenBytes(start, Libc.NameOnly | Libc.CloseOnExec, 0);
        }

        if (descriptor < 0)
        {
            return false;
        }

        // The kernel tells what was opened by a path that is text, and where its links lead.
        string opened = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}");
        bool isCompiler = Linux.Stat(opened, followLinks: true, out FileStatus status) == 0 && status.IsProgram
            && !CompilerNames.IsWrapper(Linux.LinkTarget(opened) ?? "") && !CompilerLocator.LeadsTo(opened, self);
        _ = Libc.Close(descriptor);
        return isCompiler;
    }
}
