using System.Collections.Frozen;
using IceCream.Jobs;
using static IceCream.CommandLine.FlagTraits;

namespace IceCream.CommandLine;

/// <summary>The one table of GCC's and Clang's flags. The longest row that fits an argument wins, so a longer row makes an exception to a family.</summary>
internal static class CompilerFlags
{
    private const FlagTraits Either = Joined | Separate;
    private const FlagTraits SearchFolder = Either | NamesDirectory | Search;
    private const FlagTraits InputFile = Joined | NamesInput;
    private const FlagTraits Programs = MovesToolchain | MovesPrograms;
    private const string HandsOn = "tells the compiler's programs more than is known here";

    /// <summary>The suffix of the file with debug information that is split from an object.</summary>
    public const string DebugInformation = ".dwo";

    private static readonly FrozenDictionary<string, CompilerFlag> Rows = All().ToFrozenDictionary(row => row.Name, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, CompilerFlag>.AlternateLookup<ReadOnlySpan<char>> RowsBySpan =
        Rows.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly int LongestName = Rows.Keys.Max(name => name.Length);

    public static IReadOnlyCollection<CompilerFlag> Table => Rows.Values;

    /// <summary>Finds the row of an argument that begins with a dash; null when no row fits.</summary>
    public static FlagMatch? Find(string argument)
    {
        for (var length = Math.Min(argument.Length, LongestName); length > 1; length--)
        {
            if (!RowsBySpan.TryGetValue(argument.AsSpan(0, length), out var row))
            {
                continue;
            }

            if (length < argument.Length)
            {
                if (row.Has(Joined))
                {
                    return new FlagMatch(row, argument[length..]);
                }
            }
            else if (row.Has(Separate))
            {
                return new FlagMatch(row, null);
            }
            else if (row.Has(Alone) || row.Name.EndsWith('='))
            {
                return new FlagMatch(row, "");
            }
        }

        return null;
    }

    /// <summary>The known flags of a command, in order; sources and words without a row are skipped.</summary>
    /// <param name="arguments">Without the program's name.</param>
    public static IEnumerable<FlagUse> In(IEnumerable<string> arguments)
    {
        using IEnumerator<string> words = arguments.GetEnumerator();
        while (words.MoveNext())
        {
            string word = words.Current;
            if (word.Length < 2 || word[0] != '-' || Find(word) is not { } match)
            {
                continue;
            }

            string? next = match.JoinedValue is null && words.MoveNext() ? words.Current : null;
            yield return new FlagUse(match.Flag, word, next, match.JoinedValue ?? next ?? "");
        }
    }

    /// <summary>The first flag of a command that has one of the traits, as it stands there; null when no flag has.</summary>
    public static string? FirstWith(FlagTraits traits, IEnumerable<string> arguments)
    {
        foreach (FlagUse use in In(arguments))
        {
            if ((use.Flag.Traits & traits) != 0)
            {
                return use.Word;
            }
        }

        return null;
    }

    private static IEnumerable<CompilerFlag> All() =>
    [
        // The kind of output.
        .. Rowset(Alone | DropFromScan, FlagAction.CompileOnly, "-c", "--compile"),
        .. Rowset(Alone | DropFromScan, FlagAction.AssemblyOnly, "-S", "--assemble"),
        .. Rowset(Either | DropFromScan, FlagAction.Output, "-o"),
        .. Long(DropFromScan, FlagAction.Output, "--output"),
        .. Rowset(Either, FlagAction.Language, "-x"),
        .. Long(default, FlagAction.Language, "--language"),
        .. Rowset(Alone | DropFromScan, FlagAction.EmitLlvm, "-emit-llvm"),
        .. Kept(LocalOnlyKind.PreprocessOnly, "only preprocesses", Alone, "-E", "--preprocess", "-M", "-MM", "--dependencies", "--user-dependencies", "-frewrite-includes"),
        .. Kept(LocalOnlyKind.NotACompile, "asks the compiler about itself", Alone, "-v", "-###", "--version", "-version", "--help", "-help", "-dumpversion",
            "-dumpfullversion", "-dumpmachine", "-dumpspecs"),
        .. Kept(LocalOnlyKind.NotACompile, "asks the compiler about itself", Alone | Joined, "-print-", "--print-", "--help=", "--target-help"),
        .. Kept(LocalOnlyKind.NotACompile, "checks a source and makes no object", Alone, "-fsyntax-only", "--analyze", "--precompile"),

        // Dependency files.
        .. Rowset(Alone | DropFromScan, FlagAction.WriteDependencies, "-MD", "-MMD", "--write-dependencies", "--write-user-dependencies"),
        .. Rowset(Either | DropFromScan, FlagAction.DependencyFile, "-MF"),
        .. Rowset(Either | DropFromScan, FlagAction.None, "-MT", "-MQ"),
        .. Rowset(Alone | DropFromScan, FlagAction.None, "-MP", "-MV"),
        .. Kept(LocalOnlyKind.LocalFlag, "takes a header that is missing for one that is yet to be made", Alone, "-MG"),
        .. Kept(LocalOnlyKind.LocalFlag, "writes down the command itself", Either, "-MJ"),

        // Inputs and search folders.
        .. Rowset(Either | Search | MacrosOnly, FlagAction.Define, "-D"),
        .. Rowset(Either | Search | MacrosOnly, FlagAction.None, "-U"),
        .. Long(Search | MacrosOnly, FlagAction.Define, "--define-macro"),
        .. Long(Search | MacrosOnly, FlagAction.None, "--undefine-macro"),
        .. Rowset(Either | Search, FlagAction.None, "-A"),
        .. Rowset(SearchFolder, FlagAction.IncludeFolder, "-I"),
        .. Long(NamesDirectory | Search, FlagAction.IncludeFolder, "--include-directory"),
        .. Long(NamesDirectory | Search, FlagAction.None, "--include-directory-after"),
        .. Rowset(SearchFolder, FlagAction.None, "-isystem", "-iquote", "-idirafter", "-cxx-isystem", "-stdlib++-isystem", "-isystem-after", "-imultilib", "-imultiarch"),
        .. Rowset(Joined | NamesDirectory | Search, FlagAction.None, "--embed-dir="),
        .. Rowset(SearchFolder | BeyondScanner, FlagAction.None, "-F", "-iframework"),
        .. Rowset(SearchFolder | Programs, FlagAction.None, "-B"),
        .. Rowset(Joined | NamesDirectory | Search | Programs, FlagAction.None, "--gcc-toolchain="),
        .. Rowset(Joined | NamesDirectory | Search | MovesToolchain, FlagAction.None, "--gcc-install-dir=", "-resource-dir="),
        .. Rowset(Separate | NamesDirectory | Search | MovesToolchain, FlagAction.None, "-resource-dir"),
        .. Rowset(Joined | NamesDirectory | Search | Programs, FlagAction.SystemRoot, "--sysroot="),
        .. Rowset(Separate | NamesDirectory | Search | Programs, FlagAction.SystemRoot, "--sysroot"),
        .. Rowset(Either | NamesDirectory | Search | MovesToolchain, FlagAction.SystemRoot, "-isysroot"),
        .. Rowset(Either | Search, FlagAction.Prefix, "-iprefix"),
        .. Rowset(Either | Search, FlagAction.WithPrefix, "-iwithprefix", "-iwithprefixbefore"),
        .. Rowset(Either, FlagAction.Include, "-include", "-imacros"),
        .. Rowset(Separate, FlagAction.Include, "--include", "--imacros"),
        .. Rowset(Joined, FlagAction.Include, "--include=", "--imacros="),
        .. Rowset(Alone | Search, FlagAction.None, "-nostdlibinc", "-nobuiltininc", "-undef", "-pthread", "-no-canonical-prefixes", "-canonical-prefixes"),
        .. Rowset(Alone | Search | MovesToolchain, FlagAction.None, "-nostdinc", "--no-standard-includes", "-nostdinc++"),
        .. Rowset(Joined, FlagAction.None, "--system-header-prefix=", "--no-system-header-prefix="),
        .. Rowset(Alone | Search, FlagAction.Trigraphs, "-ansi", "--ansi", "-trigraphs", "--trigraphs", "-ftrigraphs"),
        .. Rowset(Alone | Search | BeyondScanner, FlagAction.None, "-traditional", "-traditional-cpp", "-remap"),
        .. Rowset(Joined | Search, FlagAction.Standard, "-std=", "--std="),
        .. Rowset(Separate | Search, FlagAction.Standard, "--std"),
        .. Rowset(Joined | Search | MovesToolchain, FlagAction.None, "-stdlib=", "--stdlib="),
        .. Rowset(Joined | Search | MovesToolchain | ShapesProcessor, FlagAction.None, "--target="),
        .. Rowset(Separate | Search | MovesToolchain | ShapesProcessor, FlagAction.None, "-target"),
        .. Rowset(Separate | Search | ShapesProcessor, FlagAction.Architecture, "-arch"),
        .. Kept(LocalOnlyKind.LocalFlag, "changes what the -I before it mean", Alone, "-I-"),

        // Whole families.
        .. Rowset(Joined | Family | Search, FlagAction.None, "-f"),
        .. Rowset(Alone | Search, FlagAction.None, "--signed-char", "--unsigned-char"),
        .. Rowset(Joined | Family | Search | ShapesProcessor, FlagAction.None, "-m"),
        .. Rowset(Alone | Search | MovesToolchain | ShapesProcessor, FlagAction.None, "-m32", "-m64", "-mx32"),

        // The byte order, and the greatest size of small data, on MIPS and other embedded processors.
        .. Rowset(Alone | Search | MovesToolchain | ShapesProcessor, FlagAction.None, "-EL", "-EB"),
        .. Rowset(Either | Search, FlagAction.None, "-G"),
        .. Rowset(Alone | Joined | Family | Search, FlagAction.None, "-O"),
        .. Rowset(Joined | Family | Search, FlagAction.None, "--optimize="),
        .. Rowset(Alone | Joined | Family, FlagAction.None, "-W"),
        .. Rowset(Alone | Joined | Family | RecordsFlagsInGcc, FlagAction.None, "-g"),
        .. Rowset(Alone | RecordsFlagsInGcc, FlagAction.None, "--debug", "--debug=1", "--debug=2", "--debug=3"),
        .. Rowset(Alone, FlagAction.None, "-g0"),
        .. Rowset(Joined | Search | ShapesProcessor, FlagAction.Machine, "-march=", "-mtune=", "-mcpu="),
        .. Rowset(Separate | Family | DropFromScan, FlagAction.None, "-mllvm"),
        .. Rowset(Joined | Family | DropFromScan, FlagAction.None, "-Rpass=", "-Rpass-missed=", "-Rpass-analysis=", "-Rno-"),
        .. Rowset(Joined | DropFromScan, FlagAction.None, "-fcrash-diagnostics-dir=", "-fcrash-diagnostics="),
        .. Rowset(Alone | DropFromScan, FlagAction.None, "-w", "-pedantic", "-pedantic-errors", "-pg", "-p", "-pipe", "-H", "--trace-includes", "-C", "-CC", "-P", "--no-line-commands",
            "-pass-exit-codes", "-Qunused-arguments", "-Qn", "-Qy", "-integrated-as", "--no-warnings", "--pedantic", "--pedantic-errors", "--pipe"),
        .. Rowset(Alone, FlagAction.None, "--all-warnings", "--extra-warnings", "--start-no-unused-arguments", "--end-no-unused-arguments"),

        // Older Clangs refuse -ftrivial-auto-var-init=zero without it, in queries too.
        .. Rowset(Alone | Search, FlagAction.None, PassedFlags.ZeroInitialization),
        .. Rowset(Alone | DropFromScan | MovesToolchain, FlagAction.None, "-no-integrated-as", "--no-integrated-as"),
        .. Rowset(Alone | Search | MovesToolchain, FlagAction.None, "-fno-integrated-as"),
        .. Rowset(Joined | Family | Search | MovesToolchain, FlagAction.InputCharset, "-finput-charset="),
        .. Rowset(Joined | Family | Search | MovesToolchain, FlagAction.None, "-fexec-charset=", "-fwide-exec-charset="),
        .. Rowset(Alone | Search | BeyondScannerInClang, FlagAction.None, "-fms-compatibility", "-fms-extensions"),
        .. Rowset(Separate | ShapesProcessor, FlagAction.None, "--param"),
        .. Rowset(Joined | ShapesProcessor, FlagAction.None, "--param="),

        // How diagnostics look.
        .. Rowset(Alone | Search | StylesDiagnostics, FlagAction.None, "-fno-diagnostics-color", "-fcolor-diagnostics", "-fno-color-diagnostics", "-fdiagnostics-plain-output"),
        .. Rowset(Alone | Joined | Family | Search | StylesDiagnostics, FlagAction.None, "-fdiagnostics-color", "-fdiagnostics-format"),

        // The command, or some of it, in the output.
        .. Rowset(Alone | Search | RecordsCommand, FlagAction.None, "-frecord-gcc-switches", "-frecord-command-line"),
        .. Rowset(Alone | RecordsCommand, FlagAction.None, "-grecord-gcc-switches", "-grecord-command-line"),
        .. Rowset(Alone | Search | RecordsFlags, FlagAction.None, "-fverbose-asm"),
        .. Rowset(Alone | Joined | Family | Search | RecordsFlags, FlagAction.None, "-fembed-bitcode"),
        .. Rowset(Alone | Joined | Family | Search | RecordsFlagsInGcc, FlagAction.None, "-flto"),

        // Flags with folders in their values that are only text for the output.
        .. Rowset(Joined, FlagAction.None, "-ffile-prefix-map=", "-fmacro-prefix-map=", "-fdebug-prefix-map=", "-fprofile-prefix-map=",
            "-fcoverage-prefix-map=", "-fdebug-compilation-dir=", "-fcoverage-compilation-dir=", "-ffile-compilation-dir=", "-frandom-seed=",
            "-fprofile-dir=", "-fprofile-generate=", "-fprofile-instr-generate=", "-fcs-profile-generate=", "-fprofile-prefix-path=",
            "-fmemory-profile=", "-fprofile-filter-files=", "-fprofile-exclude-files=", "-finstrument-functions-exclude-file-list="),
        .. Rowset(Separate, FlagAction.None, "-fdebug-compilation-dir"),

        // Flags that name inputs.
        .. Rowset(InputFile | ReadsProfile, FlagAction.None, "-fauto-profile=", "-fprofile-use="),
        .. Rowset(Alone | Search | ReadsProfile, FlagAction.None, "-fauto-profile", "-fprofile-use", "-fbranch-probabilities", "-fprofile-instr-use", "-fprofile-sample-use"),
        .. Rowset(InputFile, FlagAction.None, "-fprofile-sample-use=", "-fprofile-instr-use=", "-fmemory-profile-use=",
            "-fprofile-list=", "-fprofile-remapping-file=", "-fsanitize-blacklist=", "-fsanitize-ignorelist=", "-fsanitize-system-ignorelist=",
            "-fsanitize-system-blacklist=", "-fsanitize-coverage-allowlist=", "-fsanitize-coverage-whitelist=", "-fsanitize-coverage-ignorelist=",
            "-fsanitize-coverage-blacklist=", "-fxray-always-instrument=", "-fxray-never-instrument=", "-fxray-attr-list=",
            "-fbasic-block-sections=list=", "-frandomize-layout-seed-file=", "-fthinlto-index=", "-fwarn-suppression-mappings=", "--warning-suppression-mappings=",
            "-fcodegen-data-use=", "-fexperimental-sanitize-metadata-ignorelist=", "-fms-secure-hotpatch-functions-file="),
        .. Rowset(InputFile | Search | Programs | BeyondScanner, FlagAction.None, "-specs=", "--specs="),
        .. Rowset(Separate | NamesInput | Search | Programs | BeyondScanner, FlagAction.None, "-specs", "--specs"),

        // Flags that write more than the output.
        Extra("-gsplit-dwarf", Alone | RecordsFlagsInGcc, DebugInformation), Extra("-gsplit-dwarf=split", Alone | RecordsFlagsInGcc, DebugInformation),
        Extra("--coverage", Alone, ".gcno"), Extra("-coverage", Alone, ".gcno"), Extra("-fprofile-arcs", Alone, ".gcno"),
        Extra("-ftest-coverage", Alone, ".gcno"), Extra("-fstack-usage", Alone, ".su"), Extra("-fcallgraph-info", Alone, ".ci"),
        Extra("-fcallgraph-info=", Joined, ".ci"), Extra("-ftime-trace", Alone, ".json"),
        .. Rowset(Separate | NamesOutput | DropFromScan, FlagAction.None, "-serialize-diagnostics", "--serialize-diagnostics"),
        .. Rowset(Joined | NamesOutput | DropFromScan, FlagAction.None, PassedFlags.ThinLinkBitcode),

        // Linker flags, without effect on one object.
        .. Rowset(Either | DropFromScan, FlagAction.None, "-l", "-L", "-T"),
        .. Rowset(Separate | DropFromScan, FlagAction.None, "-Xlinker", "-z", "-u", "-e", "-rpath"),
        .. Rowset(Joined | DropFromScan, FlagAction.None, "-Wl,", "-fuse-ld=", "--ld-path=", "-rtlib=", "--rtlib=", "-unwindlib=", "--unwindlib="),
        .. Rowset(Alone | DropFromScan, FlagAction.None, "-static", "-shared", "-pie", "-no-pie", "-static-pie", "-rdynamic", "-s", "-r", "-nostdlib",
            "-nostdlib++", "-nostartfiles", "-nodefaultlibs", "-nolibc", "-static-libgcc", "-shared-libgcc", "-static-libstdc++",
            "-static-libasan", "-static-libtsan", "-static-libubsan", "-static-liblsan", "-static-libhwasan", "-static-libsan", "-shared-libsan", "-static-openmp",
            "-static-libgfortran", "-symbolic", "-nopie", "--shared", "--static", "--pie"),

        // Flags handed to one of the compiler's programs.
        .. Rowset(Joined | MacrosOnly, FlagAction.PreprocessorPass, "-Wp,"),
        .. Rowset(Joined | DropFromScan, FlagAction.AssemblerPass, "-Wa,"),
        .. Rowset(Separate | DropFromScan, FlagAction.AssemblerPass, "-Xassembler"),
        .. Rowset(Separate | Search | ShapesProcessor, FlagAction.ClangPass, "-Xclang"),
        .. Kept(LocalOnlyKind.LocalFlag, HandsOn, Separate, "-Xpreprocessor", "-wrapper", "-aux-info", "-working-directory", "--config", "-Xarch_host"),
        .. Kept(LocalOnlyKind.LocalFlag, HandsOn, Joined, "-working-directory=", "--config=", "--driver-mode=", "-iplugindir="),

        // Precompiled headers and modules.
        .. Kept(LocalOnlyKind.PrecompiledHeader, "makes a precompiled header", Alone, "-emit-pch"),
        .. Rowset(Separate | NamesInput | BeyondScanner, FlagAction.IncludePrecompiled, "-include-pch"),
        .. Kept(LocalOnlyKind.Modules, "makes or reads modules", Alone | Joined, "-fmodules", "-fmodule-", "-fcxx-modules", "-fprebuilt-", "-fimplicit-module", "-fbuiltin-module-map",
            "-fbuild-session-", "-fdeps-", "-gmodules", "-fmodulemap-", "-fno-implicit-module"),

        // Another file, in a language of its own, then decides which file a name means.
        .. Kept(LocalOnlyKind.LocalFlag, "lays a list of other files over the file system", Either, "-ivfsoverlay", "-vfsoverlay"),

        // Plugins may read and write what they like, and have libraries of their own.
        .. Kept(LocalOnlyKind.LocalFlag, "loads a plugin, which may read and write what it likes", Joined, "-fplugin=", "-fpass-plugin="),

        // Bound to this machine or this run, or writing files whose names follow no rule kept here.
        .. Kept(LocalOnlyKind.LocalFlag, "is bound to this machine or this run, or writes files that the command does not name", Alone | Joined, "-save-temps", "--save-temps", "-fdump-", "-d", "-gen-", "-gcc-", "-fopt-info", "-fsave-optimization-record",
            "-foptimization-record-", "-fdiagnostics-add-output=", "-fdiagnostics-set-output=", "-fdiagnostics-format=sarif-file",
            "-fdiagnostics-format=json-file", "-fcompare-debug", "-foffload", "-fopenmp-targets=", "--offload-", "-fembed-offload-object=", "-fprofile-note=",
            "-fproc-stat-report", "-fsearch-include-path", "-fdepfile-entry=", "-fdepscan", "-ftime-trace=",
            "-fresolution=", "-fwpa", "-fltrans", "-fvtv-", "-fapinotes", "-fcas-", "-fsycl", "-no-integrated-cpp", "-time", "-ObjC",

            // Not -o with a name behind it: Clang names another object in debug information, and rewrites sources.
            "-object-file-name=", "-objcmt-"),
    ];

    private static IEnumerable<CompilerFlag> Rowset(FlagTraits traits, FlagAction action, params string[] names) =>
        names.Select(name => new CompilerFlag(name, traits) { Action = action });

    /// <summary>A long spelling, whose value follows an equals sign or is the next word. GCC and Clang have them for the same short flags.</summary>
    private static IEnumerable<CompilerFlag> Long(FlagTraits traits, FlagAction action, string name) =>
        [.. Rowset(Separate | traits, action, name), .. Rowset(Joined | traits, action, name + '=')];

    private static IEnumerable<CompilerFlag> Kept(LocalOnlyKind kind, string effect, FlagTraits traits, params string[] names) =>
        names.Select(name => new CompilerFlag(name, traits) { Local = kind, Effect = effect });

    private static CompilerFlag Extra(string name, FlagTraits spelling, string suffix) =>
        new(name, spelling | DropFromScan) { ExtraOutput = suffix };
}
