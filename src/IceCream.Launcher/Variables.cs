using System.Collections.Immutable;
using System.Text;

namespace IceCream.Launcher;

/// <summary>The environment of this process.</summary>
/// <param name="words">Its entries, <c>NAME=value</c>.</param>
internal sealed class Variables(RawWords words)
{
    /// <summary>
    /// What changes the files that a compiler reads or writes, or the words it says. The agent is told of nothing else: a variable
    /// that differs from one shell to the next would only hide that two compiles are the same.
    /// </summary>
    private static readonly string[] Relevant =
    [
        // Where programs, headers and libraries are looked for, and the folders they are relative to.
        "PATH", "PWD", "HOME", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "OBJC_INCLUDE_PATH", "OBJCPLUS_INCLUDE_PATH",
        "LIBRARY_PATH", "COMPILER_PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "LD_AUDIT", "LD_RUN_PATH", "TMPDIR", "TMP", "TEMP",
        // What is written besides the object, and what goes into it.
        "DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES", "SOURCE_DATE_EPOCH", "TZ", "POSIXLY_CORRECT",
        // How it speaks.
        "LANG", "LANGUAGE", "LOCPATH", "NLSPATH", "GCONV_PATH", "OUTPUT_CHARSET", "TERM", "TERM_URLS", "COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE",
        // The user's wish about results that are known already.
        "ICECREAM_CACHE",
    ];

    /// <summary>Families of variables, of which compilers gain new ones.</summary>
    private static readonly string[] RelevantFamilies = ["LC_", "GCC_", "CLANG_", "LLVM_", "CCC_"];

    /// <summary>What an agent for the user needs of the user. It outlives the build that starts it, so nothing of the build goes with it.</summary>
    private static readonly string[] Personal =
    [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR",
        "ICECREAM_SOCKET", "ICECREAM_SCHEDULER", "ICECREAM_NETWORK", "ICECREAM_STATE_DIR", "ICECREAM_CONFIG",
    ];

    private static readonly string[] PersonalFamilies = ["LC_", "XDG_", "DOTNET_"];

    /// <summary>The environment that this process was started with.</summary>
    public static Variables Own() => new(RawWords.Read("/proc/self/environ"));

    /// <summary>A value; null when there is none.</summary>
    public string? Get(string name)
    {
        for (int i = 0; i < words.Count; i++)
        {
            ReadOnlySpan<byte> word = words[i];
            if (word.Length > name.Length && word[name.Length] == '=' && Ascii.Equals(word[..name.Length], name))
            {
                return Encoding.UTF8.GetString(word[(name.Length + 1)..]);
            }
        }

        return null;
    }

    /// <summary>What an agent must know to compile as this process would.</summary>
    /// <returns>Null when one of them is not UTF-8, and so cannot be told.</returns>
    public ImmutableArray<string>? OfCompilers() => Select(Relevant, RelevantFamilies, out bool isWhole) is var entries && isWhole ? entries : null;

    /// <summary>What an agent is started with.</summary>
    public ImmutableArray<string> OfAgent() => Select(Personal, PersonalFamilies, out _);

    private ImmutableArray<string> Select(string[] names, string[] families, out bool isWhole)
    {
        isWhole = true;
        var entries = ImmutableArray.CreateBuilder<string>();
        for (int i = 0; i < words.Count; i++)
        {
            if (!IsOneOf(words[i], names, families))
            {
                continue;
            }

            if (words.Text(i) is { } entry)
            {
                entries.Add(entry);
            }
            else
            {
                isWhole = false;
            }
        }

        return entries.ToImmutable();
    }

    private static bool IsOneOf(ReadOnlySpan<byte> entry, string[] names, string[] families)
    {
        int end = entry.IndexOf((byte)'=');
        if (end <= 0)
        {
            return false;
        }

        ReadOnlySpan<byte> name = entry[..end];
        foreach (string candidate in names)
        {
            if (Ascii.Equals(name, candidate))
            {
                return true;
            }
        }

        foreach (string family in families)
        {
            if (name.Length > family.Length && Ascii.Equals(name[..family.Length], family))
            {
                return true;
            }
        }

        return false;
    }
}
