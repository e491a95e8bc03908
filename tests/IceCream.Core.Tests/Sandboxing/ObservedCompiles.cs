using System.Collections.Immutable;
using System.Diagnostics;

namespace IceCream.Tests.Sandboxing;

/// <summary>A compile whose lookups are compared.</summary>
/// <param name="Command">The words; compilers are looked up through <c>PATH</c>, all else starts at the project's folder.</param>
/// <param name="Variables">Of the environment, besides the usual ones.</param>
internal sealed record ObservedCompile(ImmutableArray<string> Command, ImmutableArray<string> Variables)
{
    public override string ToString() => string.Join(' ', Variables.Concat(Command));
}

/// <summary>A small project with everything that compilers look for, and commands that compile it.</summary>
internal static class ObservedCompiles
{
    /// <summary>Made by <see cref="WriteProject"/>: programs that load nothing, to start a compiler and to be one.</summary>
    public const string StaticDriver = "./static-driver", StaticCompiler = "./static-compiler";

    private static readonly string[] CompilersOfC = ["gcc", "clang", "gcc-11", "clang-19", "musl-gcc", StaticDriver], CompilersOfCxx = ["g++", "clang++", "g++-11", "clang++-19"];

    /// <summary>Flags that all understand, or fail by.</summary>
    private static readonly string[] Rows =
    [
        "-c main.c -o out/main.o", "-O2 -g3 -c main.c -o out/main.o", "-MD -MF out/main.d -c main.c -o out/main.o", "-E main.c -o out/main.i", "-S main.c -o out/main.s", "-M main.c",
        "-pipe -c main.c -o out/main.o", "-save-temps=obj -c main.c -o out/main.o", "-flto -c main.c -o out/main.o", "-fsyntax-only main.c", "-c main.c -o /dev/null",
        "-Iinc -Inowhere -isystem sys -iquote quote -idirafter after -c search.c -o out/s.o", "-include inc/forced.h -imacros inc/macros.h -Iinc -c search.c -o out/s.o",
        "--sysroot=sysroot -c main.c -o out/main.o", "-Btools/ -c main.c -o out/main.o", "-nostdinc -Iinc -c search.c -o out/s.o", "-v -c main.c -o out/main.o", "@args.rsp",
        "-Wall -Werror -c warned.c -o out/w.o", "-c missing.c -o out/m.o", "-c wrong.c -o out/w.o", "-fno-such-flag -c main.c", "-c nosuchfile.c", "-gsplit-dwarf -g -c main.c -o out/main.o",
        "--coverage -c main.c -o out/main.o", "-m32 -c main.c -o out/main.o", "-march=native -c main.c -o out/main.o", "-fsanitize=address,undefined -c main.c -o out/main.o", "-fopenmp -c main.c -o out/main.o",
        "-c plain.s -o out/p.o", "-c preprocessed.S -o out/p.o", "-x c-header inc/forced.h -o out/forced.h.gch", "-Ipch -include pch/all.h -c main.c -o out/main.o", "-fdiagnostics-color=always -c wrong.c",
        "-fprofile-use=nowhere.profile -c main.c -o out/main.o",
    ];

    private static readonly string[] OfGcc =
    [
        "-specs=own.specs -c main.c -o out/main.o", "-fplugin=./plugin.so -c main.c -o out/main.o", "-fplugin=./crash.so -c main.c -o out/main.o", "-fplugin=./nowhere.so -c main.c", "-fdump-tree-optimized -c main.c -o out/main.o",
    ];

    private static readonly string[] OfClang =
    [
        "--config=./own.cfg -c main.c -o out/main.o", "-fno-integrated-as -c main.c -o out/main.o", "-c crash.c -o out/c.o", "-fmodules -fmodules-cache-path=out/modules -Imodule -c modular.c -o out/m.o", "--gcc-toolchain=nowhere -c main.c -o out/main.o",
    ];

    private static readonly string[] Environments =
    [
        "CPATH=inc:nowhere", "C_INCLUDE_PATH=sys: CPLUS_INCLUDE_PATH=sys", "COMPILER_PATH=tools", "LC_ALL=C.UTF-8", "LANG=de_DE.UTF-8 LANGUAGE=de", "DEPENDENCIES_OUTPUT=out/all.d", "SOURCE_DATE_EPOCH=1", "GCC_EXEC_PREFIX=nowhere/", "LD_LIBRARY_PATH=nowhere:tools",
    ];

    /// <summary>Some of each kind.</summary>
    public static ImmutableArray<ObservedCompile> Few =>
    [
        Of("gcc", Rows[0]), Of("g++", Rows[2]), Of("clang", Rows[0]), Of("clang++", Rows[11]), Of("gcc", Rows[13]), Of("gcc", Rows[19]), Of("clang", Rows[19]), Of("gcc", OfGcc[1]), Of("clang", OfClang[0]),
        Of(StaticDriver, Rows[0]), new([StaticCompiler, "main.c"], []), Of("gcc", Rows[32]), Of("musl-gcc", Rows[0]),
    ];

    /// <summary>Each compiler with each row.</summary>
    public static ImmutableArray<ObservedCompile> Many =>
    [
        .. CompilersOfC.Concat(CompilersOfCxx).SelectMany(static compiler => Rows.Concat(compiler.Contains("clang", StringComparison.Ordinal) ? OfClang : OfGcc).Select(row => Of(compiler, row))),
        .. Environments.SelectMany(static around => new[] { "gcc", "g++", "clang", "clang++" }.Select(compiler => Of(compiler, Rows[0]) with { Variables = [.. around.Split(' ')] })),
        new([StaticCompiler, "main.c"], []), new([StaticCompiler, "nosuchfile.c"], []),
    ];

    /// <summary>Makes the project. What it has to compile for itself it compiles with gcc.</summary>
    public static void WriteProject(string root)
    {
        Directory.Delete(root, recursive: true);
        Write("main.c", "#include <stdio.h>\n#include <stddef.h>\nint main(void) { puts(\"x\"); return 0; }\n");
        Write("search.c", """
            #define NAME <named.h>
            #include "quoted.h"
            #include "beside/header.h"
            #include NAME
            #if __has_include("nowhere.h") || __has_include(<nowhere/at/all.h>)
            #error there is none
            #endif
            #if __has_include(<sys-only.h>)
            #include <sys-only.h>
            #endif
            int search;
            """);
        Write("warned.c", "int warned(void) { int unused; }\n");
        Write("missing.c", "#include <stddef.h>\n#include \"missing/header.h\"\n");
        Write("wrong.c", "#include <stddef.h>\nint wrong = \"text\" * 2;\n");
        Write("crash.c", "#pragma clang __debug crash\n");
        Write("modular.c", "#include <part.h>\nint modular = PART;\n");
        Write("module/module.modulemap", "module part { header \"part.h\" }\n");
        Write("module/part.h", "#define PART 1\n");
        Write("plain.s", "\t.text\n\t.include \"inc/part.inc\"\n\t.incbin \"inc/bytes\"\n");
        Write("preprocessed.S", "#include \"inc/macros.h\"\n\t.text\n\t.include \"inc/part.inc\"\n");
        Write("beside/header.h", "#include \"../inc/macros.h\"\n");
        Write("inc/quoted.h", "#include_next <quoted.h>\n");
        Write("quote/quoted.h", "");
        Write("sys/quoted.h", "");
        Write("sys/sys-only.h", "#pragma once\n");
        Write("after/quoted.h", "");
        Write("after/named.h", "");
        Write("inc/named.h", "");
        Write("inc/forced.h", "#define FORCED 1\n");
        Write("inc/macros.h", "#define MACRO 1\n");
        Write("inc/part.inc", "\tnop\n");
        Write("inc/bytes", "bytes");
        Write("args.rsp", "-Iinc -c main.c -o out/main.o");
        Write("own.cfg", "-Iinc -DOWN\n");
        Write("own.specs", "*cpp_unique_options:\n+ -DOWN\n\n");
        Write("sysroot/usr/include/stdio.h", "int puts(const char *);\n");
        Write("pch/all.h", "#include <stddef.h>\n");
        Write("plugin.c", "int plugin_is_GPL_compatible;\nint plugin_init(void *a, void *b) { return 0; }\n");
        Write("crash-plugin.c", "int plugin_is_GPL_compatible;\nint plugin_init(void *a, void *b) { return *(volatile int *)8; }\n");
        Write("driver.c", "#include <unistd.h>\nint main(int n, char **w) { w[0] = \"gcc\"; execvp(\"gcc\", w); return 99; }\n");
        Write("compiler.c", """
            #include <dirent.h>
            #include <fcntl.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/stat.h>
            #include <unistd.h>
            int main(int n, char **w)
            {
                struct stat s;
                char real[4096];
                int here = open("inc", O_RDONLY | O_DIRECTORY);
                const char *places[] = {"nowhere/stdio.h", "inc/stdio.h", "/usr/include/stdio.h", "link/named.h"};
                for (int i = 0; i < 4; i++) { stat(places[i], &s); lstat(places[i], &s); access(places[i], R_OK); FILE *f = fopen(places[i], "r"); if (f) fclose(f); }
                fstatat(here, "named.h", &s, 0);
                openat(here, "absent.h", O_RDONLY);
                DIR *names = opendir("sys");
                while (readdir(names)) {}
                realpath("link/../inc/named.h", real);
                readlink("link", real, sizeof real);
                return open(w[1], O_RDONLY) < 0;
            }
            """);
        Directory.CreateSymbolicLink(Path.Combine(root, "link"), "inc");
        Write("tools/as", "#!/bin/sh\nexec /usr/bin/as \"$@\"\n");
        File.SetUnixFileMode(Path.Combine(root, "tools/as"), (UnixFileMode)0b111_101_101);
        Clean(root);
        foreach (string arguments in new[]
                 {
                     "-shared -fPIC -o plugin.so plugin.c", "-shared -fPIC -o crash.so crash-plugin.c", "-static -o static-driver driver.c", "-static -w -o static-compiler compiler.c", "-x c-header -o pch/all.h.gch pch/all.h",
                 })
        {
            using Process compiler = Process.Start(new ProcessStartInfo("gcc", arguments) { WorkingDirectory = root })!;
            compiler.WaitForExit();
            Xunit.Assert.Equal(0, compiler.ExitCode);
        }

        void Write(string name, string text)
        {
            string path = Path.Combine(root, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
    }

    /// <summary>Removes what a compile wrote: the next one is to find the same.</summary>
    public static void Clean(string root)
    {
        foreach (string name in new[] { "out", "tmp" })
        {
            string path = Path.Combine(root, name);
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }

            Directory.CreateDirectory(path);
        }
    }

    private static ObservedCompile Of(string compiler, string row) => new([compiler, .. row.Split(' ')], []);
}
