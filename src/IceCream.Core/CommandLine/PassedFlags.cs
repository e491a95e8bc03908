namespace IceCream.CommandLine;

/// <summary>Flags that the driver passes unread to one of its programs: those known to be harmless may travel, all others keep the command local.</summary>
internal static class PassedFlags
{
    /// <summary>Make Clang's compiler proper read a precompiled header, and a header before the source.</summary>
    public const string PrecompiledHeader = "-include-pch", Header = "-include";

    private const string AssemblerFolder = "-I";

    /// <summary>Flags of Clang's compiler proper whose value is text.</summary>
    private static readonly string[] ValuesForClang = ["-debug-info-kind=", "-dwarf-version=", "-debugger-tuning=", "-mrelocation-model=", "-fvisibility=", "-std=", "-Wno-error="];

    /// <summary>Prefixes of flags that read or write files besides source and object, or do something other than compiling: <c>-fixit</c> rewrites the source.</summary>
    private static readonly string[] FilesForClang =
    [
        "-fmodule", "-fno-module", "-fimplicit-module", "-fno-implicit-module", "-fprebuilt", "-fbuild", "-fplugin", "-fpass", "-fprofile", "-ftime", "-fdump",
        "-fcuda", "-fopenmp", "-fsycl", "-fxray", "-fcoverage", "-fembed", "-fcrash", "-fapi", "-findex", "-femit", "-fpch", "-fcs", "-fmemory-profile", "-fdiagnostics",
        "-finclude", "-fcas", "-fcache", "-fdepscan", "-fix", "-frewrite", "-fsyntax", "-ftest", "-fsave", "-fdepfile",
    ];

    /// <summary>Whether the words of a <c>-Wa,</c> list only control the assembler, and neither name files nor print listings. Searches are observed when they happen.</summary>
    public static bool AreSafeForAssembler(string list)
    {
        var words = list.Split(',');
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] is "--defsym" or AssemblerFolder && i + 1 < words.Length)
            {
                i++;
            }
            else if (!IsSafeForAssembler(words[i]) && !IsFolder(words[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The folders that a <c>-Wa,</c> list makes the assembler search.</summary>
    public static IEnumerable<string> AssemblerFolders(string list)
    {
        string[] words = list.Split(',');
        for (int i = 0; i < words.Length; i++)
        {
            if (IsFolder(words[i]))
            {
                yield return words[i].Length > AssemblerFolder.Length ? words[i][AssemblerFolder.Length..] : i + 1 < words.Length ? words[++i] : ".";
            }
        }
    }

    /// <summary>Whether a word after <c>-Xclang</c> takes the word after the next <c>-Xclang</c> as its value.</summary>
    public static bool TakesValueForClang(string word) =>
        word is PrecompiledHeader or Header or "-mllvm" or "-target-feature" or "-target-cpu" or "-tune-cpu" or "-fdebug-compilation-dir" or "-fcoverage-compilation-dir";

    /// <summary>Whether the value of such a word is text, and names neither a file nor this machine.</summary>
    public static bool IsSafeValueForClang(string word, string value) => word switch
    {
        "-mllvm" => !value.Contains('/'),
        "-target-feature" => value is ['+' or '-', ..],
        "-target-cpu" or "-tune-cpu" => value != "native",
        _ => true,
    };

    /// <summary>
    /// Whether a word after <c>-Xclang</c> names no file and writes none: driver-style switches without a value, except those that concern files, and some
    /// with a value that is text.
    /// </summary>
    public static bool IsSafeForClang(string word) =>
        word is "-fno-pch-timestamp" or "-disable-O0-optnone" or "-disable-llvm-passes" or "-mconstructor-aliases" or "-mno-constructor-aliases"
            or "-fexperimental-assignment-tracking=disabled" or "-no-opaque-pointers" or "-opaque-pointers"
        || ValuesForClang.Any(name => word.StartsWith(name, StringComparison.Ordinal) && !word.Contains('/'))
        || (word is ['-', 'f' or 'W', _, ..] && word.AsSpan().IndexOfAny('=', '/', ',') < 0 && !FilesForClang.Any(name => word.StartsWith(name, StringComparison.Ordinal)));

    private static bool IsFolder(string word) => word.StartsWith(AssemblerFolder, StringComparison.Ordinal);

    private static bool IsSafeForAssembler(string word) =>
        word is "--noexecstack" or "--execstack" or "--32" or "--64" or "--x32" or "--fatal-warnings" or "--warn" or "--no-warn" or "-W" or "-g" or "--gen-debug"
            or "--no-pad-sections" or "--compress-debug-sections" or "--nocompress-debug-sections"
        || word.StartsWith("--gdwarf", StringComparison.Ordinal)
        || word.StartsWith("-gdwarf-", StringComparison.Ordinal)
        || word.StartsWith("--compress-debug-sections=", StringComparison.Ordinal)
        || (word.StartsWith("-m", StringComparison.Ordinal) && word.Length > 2 && !word.EndsWith("=native", StringComparison.Ordinal) && !word.Contains('/'));
}
