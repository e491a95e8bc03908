namespace IceCream.CommandLine;

/// <summary>Flags that the driver passes unread to one of its programs: those known to be harmless may travel, all others keep the command local.</summary>
internal static class PassedFlags
{
    /// <summary>Make Clang's compiler proper read a precompiled header, and a header before the source.</summary>
    public const string PrecompiledHeader = "-include-pch", Header = "-include";

    /// <summary>Makes Clang write a second file for the thin link. A build may pass it to the driver, or to the compiler proper.</summary>
    public const string ThinLinkBitcode = "-fthin-link-bitcode=";

    /// <summary>Lets older Clangs set variables to zero.</summary>
    public const string ZeroInitialization = "-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang";

    private const string AssemblerFolder = "-I", BuiltInPlugin = "-add-plugin", PluginArgument = "-plugin-arg-";

    /// <summary>Flags of Clang's compiler proper whose value is text.</summary>
    private static readonly string[] ValuesForClang = ["-debug-info-kind=", "-dwarf-version=", "-debugger-tuning=", "-mrelocation-model=", "-fvisibility=", "-std=", "-Wno-error="];

    /// <summary>Switches of Clang's compiler proper that concern only the code that it makes.</summary>
    private static readonly string[] SwitchesForClang =
    [
        "-fno-pch-timestamp", "-disable-O0-optnone", "-disable-llvm-passes", "-disable-llvm-verifier", "-disable-lifetime-markers", "-mconstructor-aliases", "-mno-constructor-aliases",
        "-fexperimental-assignment-tracking=disabled", "-no-opaque-pointers", "-opaque-pointers", "-relaxed-aliasing", "-no-struct-path-tbaa", "-new-struct-path-tbaa",
        "-enable-noundef-analysis", "-no-enable-noundef-analysis", "-disable-noundef-analysis", ZeroInitialization,
    ];

    /// <summary>Words for the assembler that concern only the object that it makes, and its words about the source.</summary>
    private static readonly string[] SwitchesForAssembler =
    [
        "--noexecstack", "--execstack", "--32", "--64", "--x32", "--fatal-warnings", "--warn", "--no-warn", "-W", "-g", "--gen-debug", "--gsframe",
        "--no-pad-sections", "--compress-debug-sections", "--nocompress-debug-sections", "--keep-locals", "-L", "--strip-local-absolute", "--sectname-subst", "--divide", "-n", "-J", "-R",
        "--traditional-format", "--reduce-memory-overheads", "-EL", "-EB", "-k", "-KPIC", "-KPIE", "--trap", "--break", "--no-trap", "--no-break",
    ];

    /// <summary>The same, with a value behind them.</summary>
    private static readonly string[] ValuesForAssembler =
    [
        "--gdwarf", "-gdwarf-", "--compress-debug-sections=", "--generate-missing-build-notes=", "--elf-stt-common=", "--size-check=", "--multibyte-handling=", "--hash-size=",
        "--debug-prefix-map=", "--defsym=", "-fdebug-compilation-dir=",
    ];

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
            if (words[i] is "--defsym" or "-fdebug-compilation-dir" or AssemblerFolder && i + 1 < words.Length)
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
        word is PrecompiledHeader or Header or "-mllvm" or "-target-feature" or "-target-cpu" or "-tune-cpu" or "-fdebug-compilation-dir" or "-fcoverage-compilation-dir" or BuiltInPlugin
        || word.StartsWith(PluginArgument, StringComparison.Ordinal);

    /// <summary>
    /// Whether the value of such a word may be a file that is read. Chromium's Clang has plugins within its program, and one of them reads a list of folders.
    /// Plugins from other files need a flag that keeps the command on its machine.
    /// </summary>
    public static bool MayNameFileForClang(string word, string value) =>
        word.StartsWith(PluginArgument, StringComparison.Ordinal) && value.Contains('/') && !value.Contains('=');

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
        SwitchesForClang.Contains(word)
        || ValuesForClang.Any(name => word.StartsWith(name, StringComparison.Ordinal) && !word.Contains('/'))
        || (word is ['-', 'f' or 'W', _, ..] && word.AsSpan().IndexOfAny('=', '/', ',') < 0 && !FilesForClang.Any(name => word.StartsWith(name, StringComparison.Ordinal)));

    private static bool IsFolder(string word) => word.StartsWith(AssemblerFolder, StringComparison.Ordinal);

    private static bool IsSafeForAssembler(string word) =>
        SwitchesForAssembler.Contains(word)
        || ValuesForAssembler.Any(name => word.StartsWith(name, StringComparison.Ordinal))
        || (word.StartsWith("-m", StringComparison.Ordinal) && word.Length > 2 && !word.EndsWith("=native", StringComparison.Ordinal) && !word.Contains('/'));
}
