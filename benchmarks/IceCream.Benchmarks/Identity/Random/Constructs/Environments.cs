namespace IceCream.Benchmarks.Identity.Random.Constructs;

/// <summary>What lies around a compile: odd flags, variables, names, working folders, views of the file system.</summary>
internal static class Environments
{
    public static void Flags(Draft draft)
    {
        Dice dice = draft.Dice;
        for (int count = dice.Chance(70) ? 1 : 2; count > 0; count--)
        {
            draft.Words(dice.Pick<string[]>(
                ["-finput-charset=ISO-8859-1"], ["-fms-extensions"], ["-g3"], ["-g", "-gsplit-dwarf"], ["-gsplit-dwarf", "-g0"], ["-save-temps"], ["-save-temps=obj"],
                ["-MD", "-MF", "x.d"], ["-MMD", "-MP", "-MT", "a b$c"], ["-MD", "-MQ", "a b$c"], ["-fstack-usage"], ["--coverage", "-frandom-seed=1"], ["-ftest-coverage"],
                ["-fdirectives-only"], ["-fpreprocessed"], ["-trigraphs"], ["-traditional-cpp"], ["-undef"], ["-nostdinc"], ["-nostdinc++"], ["-P"], ["-C"], ["-H"], ["-v"], ["-###"],
                ["-frecord-gcc-switches"], ["-grecord-command-line"], ["-frecord-command-line"], ["-fdebug-prefix-map=" + Bash.Tree + "=/x"], ["-ffile-prefix-map=" + Bash.Tree + "=."],
                ["-fmacro-prefix-map=" + Bash.Tree + "=y"], ["-flto"], ["-fno-lto"], ["-ffat-lto-objects", "-flto"], ["-fsyntax-only"], ["-E"], ["-M"], ["-MM"], ["-dM"], ["-aux-info", "x.aux"],
                ["-fdump-tree-original"], ["-fopt-info"], ["-fsave-optimization-record"], ["-ftime-report"], ["-fcallgraph-info"], ["-dumpdir", "dump-"], ["-dumpbase", "base.c"],
                ["-Wa,-a=x.lst"], ["-Wa,-adhln=x.lst", "-g"], ["-Wa,--MD,x.ad"], ["-Wp,-MD,x.pd"], ["-Wp,-DQ=1"], ["-Xpreprocessor", "-DQ=1"], ["-Xassembler", "-mrelax-relocations=no"],
                ["-Werror"], ["-Wall", "-Wextra"], ["-Weverything"], ["-Wno-such-warning"], ["-fno-such-flag"], ["-std=c99"], ["-std=gnu++20"], ["-ansi"], ["-x", "c"], ["-x", "c++"], ["-x", "none"],
                ["-fdiagnostics-format=json"], ["-fdiagnostics-color=always"], ["-fdiagnostics-show-caret"], ["-fmessage-length=40"], ["-fdiagnostics-urls=always"], ["-fmax-errors=1"],
                ["-fsanitize=address"], ["-fsanitize=undefined"], ["-march=native"], ["-mtune=native"], ["-m32"], ["-fplugin=none.so"], ["-specs=none.specs"], ["-wrapper", "env,A=1"],
                ["--param", "max-inline-insns-auto=10"], ["-fprofile-use"], ["-fprofile-generate"], ["-fauto-profile=none"], ["-integrated-as"], ["-fno-integrated-as"], ["-no-canonical-prefixes"],
                ["-fmodules-ts"], ["-fmodules"], ["-include", "/dev/null"], ["-imacros", "/dev/null"], ["-iprefix", "x", "-iwithprefix", "y"], ["-isysroot", "none"], ["--sysroot=none"],
                ["-idirafter", "/usr/include"], ["-I/usr/include"], ["-isystem", "/usr/include"], ["-I-"], ["-I", "none"], ["-I="], ["-D"], ["-DA", "-UA"], ["-fno-working-directory"], ["-g", "-fworking-directory"],
                ["-gz"], ["-g", "-gdwarf-4"], ["-g", "-gembed-source"], ["-fverbose-asm", "-S"], ["-fexec-charset=ISO-8859-1"], ["-fexec-charset=NONE"], ["-pass-exit-codes"], ["-print-file-name=x"]));
        }

        if (dice.Chance(10))
        {
            draft.Write("ignore.txt", "src:*\n");
            draft.Words("-fsanitize=address", "-fsanitize-ignorelist=" + draft.Seen("ignore.txt"));
            draft.Later(Edit.Write("ignore.txt", dice.Pick("src:none\n", "nonsense\n", "fun:*\n")));
        }

        draft.Lines.Add("#include <stddef.h>\nconst char *flags = __FILE__;\nint flagged(size_t n) { int unused; return (int)n; }");
    }

    public static void Variables(Draft draft)
    {
        Dice dice = draft.Dice;
        string folder = draft.New("env"), value = draft.New("V");
        draft.Run($"mkdir {folder}");
        draft.Lines.Add($"#if __has_include(<{value}.h>)\n#include <{value}.h>\nint i{value} = {value};\n#endif\nvoid w{value}(void) {{ int u; }}\nconst char *f{value} = __FILE__;");
        string variable = dice.Pick(
            $"CPATH={draft.Seen(folder)}", $"CPATH=:{draft.Seen(folder)}", "CPATH=", $"C_INCLUDE_PATH={draft.Seen(folder)}", $"CPLUS_INCLUDE_PATH={draft.Seen(folder)}:none", "LANG=C", "LANG=C.UTF-8",
            "LC_ALL=C.UTF-8", "LC_ALL=POSIX", "LANGUAGE=de", "LC_CTYPE=C.UTF-8", $"COMPILER_PATH={Bash.Tree}/{folder}", $"GCC_EXEC_PREFIX={Bash.Tree}/{folder}/", $"TMPDIR={Bash.Tree}/{folder}", $"DEPENDENCIES_OUTPUT={folder}.d",
            $"SUNPRO_DEPENDENCIES={folder}.d t", "GCC_COLORS=error=01;31", "COLUMNS=30", "TERM=dumb", "CC_PRINT_OPTIONS=1", $"CC_PRINT_OPTIONS_FILE={Bash.Tree}/opt", $"CC_LOG_DIAGNOSTICS_FILE={Bash.Tree}/diag",
            $"CC_PRINT_HEADERS_FILE={Bash.Tree}/hdr", "CCC_OVERRIDE_OPTIONS=+-DQ", "CCC_OVERRIDE_OPTIONS=# x-g", "CCC_ADD_ARGS=-DQ", "GCC_COMPARE_DEBUG=1", "LIBRARY_PATH=/nope", "MAKEFLAGS=-j2", "-HOME", "-PATH",
            "GCC_URLS=st", "SOURCE_DATE_EPOCH=nonsense", "CL=-DX", "LD_PRELOAD=", "MALLOC_ARENA_MAX=1", "FORCE_COLOR=1", "CLICOLOR_FORCE=1", "TZ=:nowhere");
        draft.Variables.Add(variable);
        draft.Variables.AddRange(variable.Contains("OPTIONS_FILE", StringComparison.Ordinal) ? ["CC_PRINT_OPTIONS=1"] : variable.Contains("DIAGNOSTICS_FILE", StringComparison.Ordinal) ? ["CC_LOG_DIAGNOSTICS=1"] : variable.Contains("HEADERS_FILE", StringComparison.Ordinal) ? ["CC_PRINT_HEADERS=1"] : []);
        draft.Words("-Wall");
        draft.Later(Edit.Write($"{folder}/{value}.h", $"#define {value} 1\n"));
    }

    /// <summary>Names of bytes that shells, makefiles and encodings trip over.</summary>
    public static void Names(Draft draft)
    {
        Dice dice = draft.Dice;
        string odd = dice.Pick("d\u00ff", "sp ace", "q\"uo", "do$l", "co:lon", "ha#sh", "per%ct", "bs\\x", "tab\tx", "nl\nx", "\u00c3\u00bc\u00c3\u00af", "trail ", "~t", "*g", "it's", "a&b;c", "\u00e2\u0082\u00ac", "\u00c0\u0080", "b\rc", "[x]", "{y}", "-dash", "@at", "%s", "a=b", "..x", "\u007f", new string('n', 200), "a,b", "\u001b[1m");
        string folder = $"{draft.New("n")}{odd}", value = draft.New("V");
        draft.Write($"{folder}/{value}.h", $"#define {value} 1\nstatic const char *f{value} = __FILE__;\n");
        draft.Words("-I" + draft.Seen(folder));
        draft.Words("-MD");
        if (dice.Chance(60))
        {
            draft.Words("-g");
        }

        if (dice.Chance(30))
        {
            draft.SourceFolder = $"{folder}/";
        }
        else if (dice.Chance(30))
        {
            draft.Name = odd.StartsWith('-') || odd.StartsWith('@') ? "x" + odd : odd;
        }

        draft.Lines.Add(dice.Chance(70) ? $"#include <{value}.h>\nconst char *g{value} = f{value};" : $"#include \"{draft.Seen(folder).Replace($"{Bash.Tree}/", "../", StringComparison.Ordinal)}/{value}.h\"");
        if (dice.Chance(30))
        {
            draft.Words($"-DS=\"{odd}\"");
            draft.Lines.Add("#ifdef S\nconst char *s = S;\n#endif");
        }

        draft.Later(Edit.Write($"{folder}/{value}.h", $"#define {value} 2\nstatic const char *f{value} = __FILE__ \"!\";\n"));
    }

    /// <summary>PWD that says something else, and folders that are entered through links.</summary>
    public static void Folders(Draft draft)
    {
        Dice dice = draft.Dice;
        draft.Words("-g");
        draft.Lines.Add("const char *where = __FILE__;");
        string here = draft.Folder is "/" or "." ? Bash.Tree.ToString() : $"{Bash.Tree}/{draft.Folder}";
        draft.Run($"ln -s . self; mkdir -p deeper");
        draft.Variables.Add(dice.Pick(
            "PWD=/proc/self/cwd", "PWD=/proc/self/cwd", $"PWD={here}/.", $"PWD={here}/", "PWD=/nope", $"PWD={Bash.Tree}/self", $"PWD={Bash.Tree}/self/self", $"PWD={Bash.Tree}/deeper/..", $"PWD=/{here}", "-PWD", "PWD=", "PWD=.",
            $"PWD={here.Replace($"{Bash.Tree}", $"{Bash.Tree}/self", StringComparison.Ordinal)}"));
        if (dice.Chance(30))
        {
            draft.Words(dice.Pick("-fdebug-prefix-map=/proc/self/cwd=", "-ffile-prefix-map=/proc/self/cwd=x", "-I/proc/self/cwd/deeper", "-I/proc/self/cwd"));
        }

        draft.Write("deeper/proc.h", "#define PROC 1\n");
        draft.Lines.Add("#if __has_include(<proc.h>)\n#include <proc.h>\n#endif\n#ifdef PROC\nint proc = PROC;\n#endif");
        draft.Later(Edit.Write("deeper/proc.h", "#define PROC 2\n"));
    }

    /// <summary>The command sees other files than the agent does.</summary>
    public static void Mounts(Draft draft)
    {
        if (!draft.Machine.IsRoot || draft.Front.Count > 0)
        {
            return;
        }

        string folder = draft.Searched("inc"), other = draft.New("other"), value = draft.New("V");
        draft.Write($"{folder}/{value}.h", $"#define {value} 1\n");
        draft.Write($"{other}/{value}.h", $"#define {value} 2\n");
        draft.Lines.Add($"#include <{value}.h>\nint i{value} = {value};");
        draft.Front.AddRange(["unshare", "-m", "--propagation", "private", "sh", "-c", $"mount --bind {Bash.Tree}/{other} {Bash.Tree}/{folder} && exec \"$@\"", "mounts"]);
    }
}
