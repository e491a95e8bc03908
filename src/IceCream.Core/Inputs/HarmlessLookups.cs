using System.Collections.Frozen;

namespace IceCream.Inputs;

/// <summary>
/// Paths that the C library and the loader look up without any effect on a compiler's output. They are in no tree, and their existence at the origin
/// does not invalidate a result. Each has its reason. Paths that a program itself looks up are never among them.
/// </summary>
internal static class HarmlessLookups
{
    private static readonly FrozenDictionary<string, string> Paths = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["/etc/ld.so.preload"] = "the loader's; objects loaded so are no part of the compiler",
        ["/etc/ld.so.conf"] = "what the loader's index is made from",
        ["/etc/nsswitch.conf"] = "how a user's name is looked up",
        ["/etc/passwd"] = "a user's name and home",
        ["/etc/group"] = "a group's name",
        ["/etc/debuginfod"] = "where a debugger asks for symbols",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly (string Part, string Reason)[] Parts =
    [
        ("/glibc-hwcaps/", "builds of one library for several processors: they do the same"),
        ("/glibc-hwcaps", "builds of one library for several processors: they do the same"),
    ];

    /// <summary>Folders of whose listing only names with this prefix matter: Clang looks for ROCm installations in <c>/opt</c>.</summary>
    private static readonly (string Folder, string Start, string Reason)[] Listed = [("/opt/", "rocm", "Clang reads the names in /opt to find ROCm, and uses no other")];

    /// <summary>Why a path's name in a listing of its folder cannot change an output; null when it can.</summary>
    public static string? ReasonToIgnoreInList(string path)
    {
        foreach ((string folder, string start, string reason) in Listed)
        {
            // A folder below is another one: Clang lists those of GCC's installations, which may lie anywhere, and takes the newest.
            if (path.StartsWith(folder, StringComparison.Ordinal) && path.AsSpan(folder.Length) is var name && !name.StartsWith(start) && !name.Contains('/'))
            {
                return reason;
            }
        }

        return ReasonToIgnore(path);
    }

    /// <summary>Why a path cannot change an output; null when it can.</summary>
    public static string? ReasonToIgnore(string path)
    {
        if (Paths.TryGetValue(path, out string? reason))
        {
            return reason;
        }

        foreach ((string part, string why) in Parts)
        {
            if (part.EndsWith('/') ? path.Contains(part, StringComparison.Ordinal) : path.EndsWith(part, StringComparison.Ordinal))
            {
                return why;
            }
        }

        return null;
    }
}
