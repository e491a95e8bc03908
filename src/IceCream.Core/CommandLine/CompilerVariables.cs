using System.Collections.Immutable;
using System.Text;
using IceCream.Jobs;
using static IceCream.CommandLine.VariableEffect;
using static IceCream.CommandLine.VariableTraits;

namespace IceCream.CommandLine;

/// <summary>
/// The one table of the variables that GCC, Clang, their assemblers and their libraries read. A variable without a row does not affect a compiler, and the
/// launcher withholds it: a variable that differs from shell to shell would only hide that two compiles are the same.
/// </summary>
internal static class CompilerVariables
{
    private static readonly CompilerVariable[] Rows =
    [
        // Where programs, headers and libraries are searched, and what those paths are relative to.
        .. All(Travels, "PATH", "LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "OBJC_INCLUDE_PATH", "OBJCPLUS_INCLUDE_PATH",
            "LD_LIBRARY_PATH").Select(With(MovesToolchain | FolderList)),
        .. All(Travels, "COMPILER_PATH", "GCC_EXEC_PREFIX").Select(With(MovesToolchain | FolderList | MovesPrograms)),
        .. All(Travels, "PWD", "TMPDIR", "TMP", "TEMP").Select(With(OfCommand)),
        .. All(Travels, "HOME").Select(With(OfTerminal)),

        // The roots of the packages that GCC's parts belong to; Clang's ROCm, and a user's caches and configuration; flags that Debian's GCC reads.
        .. All(Travels, "BINUTILS_ROOT", "G++_ROOT", "ROCM_PATH", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "DEB_BUILD_OPTIONS"),

        // Values that go into the output. Clang puts the deployment targets into the triple of Apple's platforms.
        .. All(Travels, "SOURCE_DATE_EPOCH", "POSIXLY_CORRECT", "MACOSX_DEPLOYMENT_TARGET", "IPHONEOS_DEPLOYMENT_TARGET", "TVOS_DEPLOYMENT_TARGET",
            "WATCHOS_DEPLOYMENT_TARGET", "XROS_DEPLOYMENT_TARGET", "DRIVERKIT_DEPLOYMENT_TARGET", "RC_DEBUG_OPTIONS"),

        .. All(Travels, "TZ").Select(With(MovesToolchain)),

        // Language and form of messages.
        .. All(Travels, "LANG", "LANGUAGE").Select(With(MovesToolchain)),
        .. Families(Travels, "LC_").Select(With(MovesToolchain)),
        .. All(Travels, "TERM", "TERMINFO", "TERMINFO_DIRS").Select(With(OfTerminal)),
        .. All(Travels, "OUTPUT_CHARSET", "TERMCAP", "TERMPATH", "TERM_URLS", "COLORTERM", "VTE_VERSION", "COLUMNS", "LINES", "NO_COLOR", "CLICOLOR",
            "CLICOLOR_FORCE"),
        .. Families(Travels, "GCC_", "CLANG_", "LLVM_"),

        // Compilers that are instrumented themselves fail at a leak unless these variables disable that.
        .. All(Travels, "ASAN_OPTIONS", "LSAN_OPTIONS", "MSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"),

        // Every compile of a build appends its dependencies to one file. GCC tries to write them even to a file with an empty name.
        .. All(Writes, "DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES").Select(WhenEmptyToo),

        // Clang's driver only tests whether these switches are set.
        .. All(Writes, "CC_PRINT_OPTIONS", "CC_PRINT_HEADERS", "CC_LOG_DIAGNOSTICS", "CC_PRINT_PROC_STAT", "CC_PRINT_INTERNAL_STAT",
            "CC_PRINT_HEADERS_FORMAT", "CC_PRINT_HEADERS_FILTERING", "CC_PRINT_PHASES").Select(WhenEmptyToo),
        .. All(Writes, "CC_PRINT_OPTIONS_FILE", "CC_PRINT_HEADERS_FILE", "CC_LOG_DIAGNOSTICS_FILE", "CC_PRINT_PROC_STAT_FILE", "CC_PRINT_INTERNAL_STAT_FILE",
            "LLVM_PROFILE_FILE", "AS_SECURE_LOG_FILE"),
        new CompilerVariable("FORCE_CLANG_DIAGNOSTICS_CRASH", Writes) { CountsWhenEmpty = true },

        // Newer GCCs send diagnostics to a socket, or write a log of their diagnostics.
        .. All(Writes, "EXPERIMENTAL_SARIF_SOCKET", "GCC_DIAGNOSTICS_LOG"),

        // The loader prints or writes a trace, with one of them instead of running the program; programs built for profiling write one too.
        .. All(Writes, "LD_DEBUG", "LD_DEBUG_OUTPUT", "LD_PROFILE", "LD_PROFILE_OUTPUT", "LD_SHOW_AUXV", "MALLOC_TRACE", "GMON_OUT_PREFIX", "GCOV_PREFIX",
            "GCOV_ERROR_FILE"),
        new CompilerVariable("LD_TRACE_LOADED_OBJECTS", Writes) { CountsWhenEmpty = true },
        new CompilerVariable("LD_TRACE_PRELINKING", Writes) { CountsWhenEmpty = true },

        // Flags of Clang's driver, GCC's check that debug information changes no code, and the format of objects that objcopy is to read.
        .. Families(ChangesFlags, "CCC_"),
        .. All(ChangesFlags, "QA_OVERRIDE_GCC3_OPTIONS", "GCC_COMPARE_DEBUG", "GNUTARGET", "CLANG_CONFIG_PATH"),

        // Foreign libraries and tables in the compiler's process. GCC for Xtensa takes its processor's description from a library.
        // Most preloaded libraries do nothing to a compiler; a later check decides by the library.
        .. All(Travels, "LD_PRELOAD"),
        .. All(LoadsCode, "LD_AUDIT", "LD_ASSUME_KERNEL", "LD_HWCAP_MASK", "LD_ORIGIN_PATH", "GCONV_PATH", "XTENSA_GNU_CONFIG"),
        .. All(NamesFiles, "LOCPATH", "NLSPATH", "CHARSETALIASDIR", "SDKROOT", "LLVM_CACHE_CAS_PATH", "CLANG_MODULE_CACHE_PATH",
            "VCINSTALLDIR", "VCToolsInstallDir", "VSINSTALLDIR", "WindowsSdkDir", "UniversalCRTSdkDir"),

        // NixOS sets it for everybody. What is read in a folder of this name tells that a compile asks for the local time.
        new CompilerVariable("TZDIR", NamesFiles) { Traits = MovesToolchain, TravellingEnd = "/zoneinfo" },

        // Memory allocation, symbol binding, linking and crashes: none of these variables changes an output byte.
        .. All(Harmless, "LD_BIND_NOW", "LD_BIND_NOT", "LD_WARN", "LD_VERBOSE", "LD_DYNAMIC_WEAK", "LD_POINTER_GUARD", "LD_USE_LOAD_BIAS",
            "LD_PREFER_MAP_32BIT_EXEC", "LD_RUN_PATH", "LPATH", "GLIBC_TUNABLES", "GLIBCXX_TUNABLES", "GLIBCXX_FORCE_NEW", "GLIBCPP_FORCE_NEW",
            "LIBC_FATAL_STDERR_", "CLANG_SPAWN_CC1", "CLANG_CRASH_DIAGNOSTICS_DIR", "CLANG_TOOLCHAIN_PROGRAM_TIMEOUT", "GCC_NOAPPORT", "LLVM_SYMBOLIZER_PATH",
            "LLVM_DISABLE_SYMBOLIZATION", "LLVM_ENABLE_SYMBOLIZER_MARKUP", "LLVM_DISABLE_CRASH_REPORT"),
        .. Families(Harmless, "MALLOC_", "NCURSES_"),

        // How many links may run at once, waiting times for a terminal's keys and a debugger's servers, and a variable that LLVM reads only to keep
        // otherwise unused functions from being removed.
        .. All(Harmless, "MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "ESCDELAY", "TABSIZE", "BAUDRATE", "DEBUGINFOD_URLS", "DEBUGINFOD_PROGRESS",
            "DEBUGINFOD_TIMEOUT", "bar"),

        // Drivers set these for their own programs, whatever the values were before.
        .. All(Harmless, "COLLECT_GCC", "COLLECT_GCC_OPTIONS", "COLLECT_AS_OPTIONS", "COLLECT_LTO_WRAPPER", "OFFLOAD_TARGET_NAMES", "OFFLOAD_TARGET_DEFAULT"),
    ];

    /// <summary>The rows, in no order.</summary>
    public static IReadOnlyList<CompilerVariable> Table => Rows;

    /// <summary>The row of a variable; null when the variable does not affect a compiler. The longest row that fits wins.</summary>
    /// <param name="name">Its name in UTF-8.</param>
    public static CompilerVariable? Find(ReadOnlySpan<byte> name)
    {
        CompilerVariable? family = null;
        foreach (CompilerVariable row in Rows)
        {
            // The first letter rules out most names.
            if (name.Length < row.Name.Length || name.IsEmpty || name[0] != row.Name[0])
            {
                continue;
            }

            if (name.Length == row.Name.Length)
            {
                if (Ascii.Equals(name, row.Name))
                {
                    return row;
                }
            }
            else if (row.IsFamily && Ascii.Equals(name[..row.Name.Length], row.Name))
            {
                family = row;
            }
        }

        return family;
    }

    /// <summary>The row of an entry of an environment, <c>NAME=value</c> or the name alone.</summary>
    public static CompilerVariable? FindEntry(string entry)
    {
        int cut = entry.IndexOf('=', StringComparison.Ordinal);
        return Find(Encoding.UTF8.GetBytes(cut < 0 ? entry : entry[..cut]));
    }

    /// <summary>Whether an agent needs the variable to compile as its launcher would.</summary>
    /// <param name="name">Its name in UTF-8.</param>
    public static bool Matters(ReadOnlySpan<byte> name) => Find(name) is { Effect: not Harmless };

    /// <summary>Why a compile with this environment stays here; null when it may travel.</summary>
    /// <param name="environment">Entries as <c>NAME=value</c>.</param>
    public static LocalOnlyReason? ReasonToStay(ImmutableArray<string> environment)
    {
        foreach (string variable in environment)
        {
            int cut = variable.IndexOf('=', StringComparison.Ordinal);
            if (cut > 0 && Find(Encoding.UTF8.GetBytes(variable[..cut])) is { ReasonToStay: { } reason } row
                && (row.CountsWhenEmpty || cut + 1 < variable.Length)
                && !(row.TravellingEnd is { } end && variable[cut + 1] == '/' && variable.EndsWith(end, StringComparison.Ordinal)))
            {
                return new LocalOnlyReason(LocalOnlyKind.LocalFlag, $"{variable} {reason}");
            }
        }

        return null;
    }

    private static IEnumerable<CompilerVariable> All(VariableEffect effect, params string[] names) => names.Select(name => new CompilerVariable(name, effect));

    private static IEnumerable<CompilerVariable> Families(VariableEffect effect, params string[] starts) =>
        starts.Select(start => new CompilerVariable(start, effect) { IsFamily = true });

    private static Func<CompilerVariable, CompilerVariable> With(VariableTraits traits) => row => row with { Traits = traits };

    private static CompilerVariable WhenEmptyToo(CompilerVariable row) => row with { CountsWhenEmpty = true };
}
