using System.Text.Json;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>
/// Small projects with the habits of large ones, each built here and by a farm: all that could leave does, and what is built is the same. A project is
/// a shell script that makes it and another that builds it, in which <c>$L</c> is the launcher or nothing.
/// </summary>
public sealed class WholeBuildTests
{
    private const string Sources = """
        for i in $(seq 1 10); do
          printf '#include <stdio.h>\n#include "h.h"\nint f%d(int a) { int s = 0; for (int i = 0; i < a; i++) s += i * %d ^ (s >> 3); return printf("%%d", s + H); }\n' $i $i >f$i.c
        done
        echo '#define H 1' >h.h
        echo 'int main(void) { return 0; }' >main.c
        printf 'CFLAGS ?= -O2 -g\nprog: $(patsubst %%.c,%%.o,$(wildcard *.c))\n\t$(CC) -o $@ $^\n%%.o: %%.c\n\t$(L) $(P) $(CC) $(CFLAGS) -c $< -o $@\ninstall clean:\n\trm -f *.o *.d prog\n' >Makefile

        """;

    private const string Headers = """
        mkdir src
        printf '#include <vector>\n#include <string>\n' >src/all.h
        for f in a b; do echo "std::vector<std::string> $f() { return {\"$f\"}; }" >$f.cpp; done
        echo 'std::vector<std::string> a(); std::vector<std::string> b(); int main() { return a().size() + b().size() - 2; }' >main.cpp

        """;

    /// <summary>The driver of Chromium's builds and the words that it gets, those left out that need a Clang of its own.</summary>
    private const string Chromium =
        "-MMD -MF $@.d -O2 -fcrash-diagnostics-dir=../../tools/clang/crashreports -mllvm -instcombine-lower-dbg-declare=0 -ffp-contract=off -fcomplete-member-pointers "
        + "-ffile-compilation-dir=. -no-canonical-prefixes -Xclang -debug-info-kind=constructor -g2 -gdwarf-4 -Wno-everything -fno-delete-null-pointer-checks "
        + "-Wno-builtin-macro-redefined -D__DATE__= -D__TIME__= -D__TIMESTAMP__= -Xclang -fdebug-compilation-dir -Xclang . -fmerge-all-constants";

    /// <summary>Buildroot's way: a program that knows the compiler beside it by its own name, and adds flags.</summary>
    private const string Wrapper = """
        mkdir -p host/bin
        cat >wrapper.txt <<'END'
        #include <limits.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        int main(int argc, char **argv) {
          char path[PATH_MAX], real[PATH_MAX + 64], **words = calloc(argc + 8, sizeof *words);
          ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
          path[length] = 0;
          *strrchr(path, '/') = 0;
          const char *base = strrchr(argv[0], '/');
          snprintf(real, sizeof real, "%s/%s.br_real", path, base ? base + 1 : argv[0]);
          int count = 0;
          words[count++] = real;
          words[count++] = getenv("BR_SSP") ? "-fstack-protector-all" : "-fstack-protector-strong";
          for (int i = 1; i < argc; i++) words[count++] = argv[i];
          execv(real, words);
          return 3;
        }
        END
        gcc -x c wrapper.txt -o host/bin/toolchain-wrapper
        ln -s toolchain-wrapper host/bin/target-gcc
        ln -s "$(readlink -f "$(command -v gcc)")" host/bin/target-gcc.br_real

        """;

    private const string Parser = """
        printf '%%{\n#include <stdio.h>\nint yylex(void); void yyerror(const char *s);\nstatic int unused;\n%%}\n%%token NUM\n%%left 0x2b\n%%%%\ninput: | input line;\nline: NUM { int z; printf("%%d", $1); };\n%%%%\nvoid yyerror(const char *s) { puts(s); }\nint main(void) { return yyparse(); }\n' | sed '/0x2b/d' >calc.y
        printf '%%{\n#include "calc.tab.h"\n%%}\n%%option noyywrap\n%%%%\n[0-9]+ { int q; yylval = atoi(yytext); return NUM; }\n.|\\n ;\n' >lex.l
        printf 'calc: calc.tab.o lex.yy.o\n\t$(CC) -o $@ $^\ncalc.tab.c calc.tab.h: calc.y\n\tbison -d calc.y\nlex.yy.c: lex.l\n\tflex lex.l\n%%.o: %%.c calc.tab.h\n\t$(L) $(CC) -g -O2 -Wall -Wextra -c $< -o $@\n' >Makefile

        """;

    private const string Package = """
        mkdir -p debian/source
        echo '3.0 (native)' >debian/source/format
        printf 'whole (1.0) unstable; urgency=low\n\n  * First.\n\n -- X <x@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n' >debian/changelog
        printf 'Source: whole\nMaintainer: X <x@example.org>\nRules-Requires-Root: binary-targets\n\nPackage: whole\nArchitecture: any\nDescription: x\n y\n' >debian/control
        printf '#!/usr/bin/make -f\nbuild build-arch build-indep clean:\n\t[ $@ = clean ] || make prog\nbinary binary-arch:\n\tmkdir -p debian/tmp/DEBIAN debian/tmp/usr/bin\n\tinstall -o root -g root prog debian/tmp/usr/bin/whole\n\tdpkg-gencontrol\n\tdpkg-deb -b debian/tmp ..\n' >debian/rules
        chmod +x debian/rules

        """;

    private static readonly Dictionary<string, (string Make, string Build)> Projects = new(StringComparer.Ordinal)
    {
        ["Buildroot's wrapper"] = (Sources + Wrapper, "make -j4 CC=\"$PWD/host/bin/target-gcc\" L=\"$L\""),
        ["Chromium's flags"] = (Sources, $"make -j4 CC=clang L=\"$L\" CFLAGS='{Chromium.Replace("$@", "$$@", StringComparison.Ordinal)}'"),
        ["the machine's own processor, GCC"] = (Sources, "make -j4 CC=gcc L=\"$L\" CFLAGS='-O2 -march=native'"),
        ["the machine's own processor, Clang"] = (Sources, "make -j4 CC=clang L=\"$L\" CFLAGS='-O2 -g -march=native'"),
        ["commands in front of the compiler"] = (Sources, "make -j4 CC=gcc L=\"$L\" P='nice -n 5' f1.o f2.o; make -j4 CC=gcc L=\"$L\" P='env X=1'"),
        ["a parser by GCC"] = (Parser, "make -j4 CC=gcc L=\"$L\""),
        ["a parser by Clang"] = (Parser, "make -j4 CC=clang L=\"$L\""),
        ["Meson's precompiled headers"] = (
            Headers + "printf \"project('m', 'cpp', default_options: ['buildtype=debugoptimized'])\\nexecutable('m', ['main.cpp', 'a.cpp', 'b.cpp'], cpp_pch: 'src/all.h')\\n\" >meson.build",
            "CXX=\"${L:+$L }g++\" meson setup b . && ninja -C b"),
        ["CMake's precompiled headers"] = (
            Headers + "printf 'cmake_minimum_required(VERSION 3.16)\\nproject(p CXX)\\nadd_executable(p main.cpp a.cpp b.cpp)\\ntarget_precompile_headers(p PRIVATE src/all.h)\\n' >CMakeLists.txt",
            "cmake -S . -B b -DCMAKE_CXX_COMPILER=g++ -DCMAKE_CXX_COMPILER_LAUNCHER=\"$L\" && cmake --build b -j4"),
        ["a package of Debian's, under fakeroot"] = (Sources + Package, "export L; dpkg-buildpackage -rfakeroot -us -uc -b -d"),
    };

    public static TheoryData<string> Names() => [.. Projects.Keys];

    [NeedsTheory("make", "ninja", "cmake", "meson", "bison", "flex", "gcc", "g++", "clang", "dpkg-buildpackage", "fakeroot", "bwrap")]
    [MemberData(nameof(Names))]
    [Trait("Length", "Long")]
    public async Task A_project_leaves_and_comes_back_the_same(string name)
    {
        using var space = new Workspace();
        await BuildsAsync(name, space, space.Folder("one/project"));
    }

    [NeedsTheory("make", "gcc", "bwrap")]
    [InlineData("commands in front of the compiler")]
    public async Task A_project_in_shared_memory_leaves_and_comes_back_the_same(string name)
    {
        using var space = new Workspace();
        string project = Directory.CreateTempSubdirectory().FullName;
        string shared = Path.Combine("/dev/shm", Path.GetFileName(project));
        Directory.Delete(project);
        Directory.CreateDirectory(shared);
        try
        {
            await BuildsAsync(name, space, shared);
        }
        finally
        {
            Directory.Delete(shared, recursive: true);
        }
    }

    private static async Task BuildsAsync(string name, Workspace space, string project)
    {
        (string make, string build) = Projects[name];
        string script = space.Write("build", "set -e\n" + build + "\n"), summary = space.Under("summary.json");
        Ending made = await Shell.RunAsync("set -e\n" + make, project);
        Assert.True(made.ExitCode == 0, made.ToString());
        string[] own = Directory.GetFileSystemEntries(project);
        Ending here = await Shell.RunAsync($"L= bash '{script}'", project);
        Assert.True(here.ExitCode == 0, here.ToString());
        SortedDictionary<string, string> expected = Built(project);

        foreach (string entry in Directory.GetFileSystemEntries(project).Except(own))
        {
            Ending removed = await Shell.RunAsync($"rm -rf '{entry}'", project);
            Assert.Equal(0, removed.ExitCode);
        }

        Ending there = await Shell.RunAsync($"L='{Programs.Launcher}' '{Programs.Host}' run --state-dir '{space.Under("state")}' --json '{summary}' -- bash '{script}'", project);
        Assert.True(there.ExitCode == 0, there.ToString());
        using JsonDocument said = JsonDocument.Parse(await File.ReadAllTextAsync(summary));
        Statistics jobs = said.RootElement.GetProperty("jobs").Deserialize<Statistics>(Statistics.Names)!;
        GeneratedProject.AssertSame(expected, Built(project), jobs.ToString());
        long madeHere = jobs.Reasons.Where(static reason => reason.Name == "PrecompiledHeader").Sum(static reason => reason.Count);
        Assert.True(expected.Count > 2 && jobs.CompilesAway > 1 && jobs.CompilesAway >= 0.98 * (jobs.Compiles - madeHere), jobs.ToString());
    }

    /// <summary>What builds are for, and what they leave for the next: not the records of build systems, which name the launcher, and no archives, which name the time.</summary>
    private static SortedDictionary<string, string> Built(string project)
    {
        var built = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(project, "*", SearchOption.AllDirectories))
        {
            if (Path.GetExtension(path) is ".o" or ".d" or "" && Path.GetFileName(path) is not ("Makefile" or ".ninja_log" or ".ninja_deps")
                && !path.Contains("meson-", StringComparison.Ordinal) && !path.Contains("/CMakeFiles/3", StringComparison.Ordinal) && !path.Contains("/debian/", StringComparison.Ordinal))
            {
                built[Path.GetRelativePath(project, path)] = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));
            }
        }

        return built;
    }
}
