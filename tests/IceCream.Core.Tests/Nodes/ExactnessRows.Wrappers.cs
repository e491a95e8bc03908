using IceCream.Jobs;
using static IceCream.Tests.Nodes.ExactnessRow;

namespace IceCream.Tests.Nodes;

/// <summary>The table: compilers that are scripts, and programs that start the real compiler.</summary>
internal static partial class ExactnessRows
{
    /// <summary>As Buildroot's: one program for all names, which runs what lies beside it under a longer name, after a look at a variable.</summary>
    private const string BesideItself =
        """
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        int main(int count, char **words) {
          static char path[5000];
          path[readlink("/proc/self/exe", path, 4000)] = 0;
          char *name = strrchr(words[0], '/');
          strcpy(strrchr(path, '/'), name ? name : words[0]);
          strcat(path, ".br_real");
          char **all = calloc((size_t)count + 3, sizeof *all);
          int n = 0;
          all[n++] = path;
          all[n++] = "-DWRAPPED=7";
          if (getenv("BR2_DEBUG")) all[n++] = "-DDEBUG";
          for (int i = 1; i < count; i++) all[n++] = words[i];
          execv(path, all);
          return 127;
        }
        """;

    public static IEnumerable<ExactnessRow> Wrappers =>
    [
        Wrapped("a script that adds flags", "#!/bin/sh\nexec REAL -DW=1 -g \"$@\"\n", "-Wall -c SRC -MD", Mixed),
        Wrapped("a script that is not the compiler in the end", "#!/bin/sh\nREAL -DW=1 \"$@\"\ncode=$?\n[ $code = 0 ] || echo failed >&2\nexit $code\n", "-Wall -c SRC -MD"),
        Wrapped("a script whose compile fails", "#!/bin/sh\nexec REAL -DW=+ -fno-diagnostics-color \"$@\"\n", "-c SRC"),
        Wrapped(
            "a script of bash that knows its folders by its own place",
            "#!/usr/bin/env bash\nset -e\nhere=$(cd \"$(dirname \"$(readlink -f \"${BASH_SOURCE[0]}\")\")/..\" && pwd)\n. \"$here/flags.sh\"\nexec REAL \"${flags[@]}\" -isystem \"$here/sys root\" \"$@\"\n",
            "-g -c SRC -MD", Mixed).With("flags.sh", "flags=(-DW=1 '-DTEXT=\"a b\"')\n").With("sys root/sys.h", "int sys;\n").With("SRC", "#include <sys.h>\nint v = W;\nconst char *t = TEXT;\n"),
        Wrapped("a script that reads a variable", "#!/bin/sh\nexec REAL ${MY_FLAGS-} \"$@\"\n", "-c SRC").Kept("MY_FLAGS=-DW=5", "OTHER=1"),
        Wrapped("a script that composes the name of a variable", "#!/bin/sh\neval flags=\\$MY_FLAGS_$(basename \"$0\" | tr -d +)\nexec REAL $flags \"$@\"\n", "-c SRC")
            .Kept("MY_FLAGS_gcc=-DW=5"),
        Wrapped("a script that edits its flags", "#!/bin/sh\nfor word; do shift; set -- \"$@\" \"$(echo \"$word\" | sed s/^-DX=/-DW=/)\"; done\nexec REAL \"$@\"\n", "-DX=3 -c SRC"),
        Wrapped("a script that tells the time", "#!/bin/sh\nexec REAL -DW=\"$(date +%Y)\" \"$@\"\n", "-c SRC").Here(LocalOnlyKind.Toolchain, "it runs date"),
        Wrapped("a script that throws dice", "#!/bin/bash\nexec REAL -DW=\"$((RANDOM * 0))\" \"$@\"\n", "-c SRC").Here(LocalOnlyKind.Toolchain, "RANDOM"),
        Wrapped("a script that asks for the machine's processor", "#!/bin/sh\nexec REAL -DW=1 -march=native \"$@\"\n", "-c SRC", "clang++").Here(LocalOnlyKind.Toolchain, "-march=native"),
        Wrapped("a script that keeps a log", "#!/bin/sh\n: >\"$0.log\"\nexec REAL -DW=1 \"$@\"\n", "-c SRC").Here(LocalOnlyKind.Toolchain, "it writes "),
        Wrapped("a script that keeps a log of sources", "#!/bin/sh\ncase $* in *SRC*) echo \"$@\" >>\"$0.log\";; esac\nexec REAL -DW=1 \"$@\"\n", "-c SRC").Here(LocalOnlyKind.Lookups, ".log, which no flag names"),
        Wrapped("a script that keeps a log of sources, of which the scanner is in doubt", "#!/bin/sh\ncase $* in *SRC*) echo \"$@\" >>\"$0.log\";; esac\nexec REAL -DW=1 \"$@\"\n", "-c SRC")
            .With("SRC", "#pragma GCC dependency \"SRC\"\nint v = W;\n").Here(LocalOnlyKind.Inputs, "not run on a source twice"),
        Wrapped("a script that runs another program for some flags", "#!/bin/sh\nset -- -DW=1 \"$@\"\ncase $* in *-O1*) set -- \"$@\" \"$(echo a-DX=3 | cut -c2-)\";; esac\nexec REAL \"$@\"\n", "-O1 -c SRC"),
        Wrapped("a script that asks who runs it for some flags", "#!/bin/sh\nset -- -DW=1 \"$@\"\ncase $* in *-O1*) set -- \"$@\" \"-DX=$(id -u)\";; esac\nexec REAL \"$@\"\n", "-O1 -c SRC").Here(LocalOnlyKind.Toolchain, "it runs id"),
        Wrapped("a script that goes by a cache", "#!/bin/sh\nexec \"${0%/*}/ccache\" REAL -DW=1 \"$@\"\n", "-c SRC").Here(LocalOnlyKind.Toolchain, "ccache"),
        Wrapped("a script of another language", "#!/usr/bin/env python3\nimport os, sys\nos.execv('REAL', ['REAL', '-DW=1'] + sys.argv[1:])\n", "-c SRC").Here(LocalOnlyKind.Toolchain, "a script for python3"),
        Row("a program that starts the compiler beside it", Mixed, "-g -Wall -c SRC -MD").By("TOP/tools/CC").With("SRC", "int v = WRAPPED;\n").With("wrapper.src", BesideItself)
            .After("mkdir tools; gcc -x c wrapper.src -o tools/toolchain-wrapper; ln -s toolchain-wrapper tools/$CC; ln -s $(command -v $CC) tools/$CC.br_real").NeverKnown(),
        Row("GCC for musl", "musl-gcc", "-g -Wall -c SRC -MD").With("SRC", "#include <stdio.h>\nint main(void) { return printf(\"%d\", 1); }\n").NeverKnown(),
    ];

    /// <summary>A compile of <c>int v = W;</c> by a script that has the compiler's name, in a folder <c>tools</c>; <c>REAL</c> stands for the compiler's path.</summary>
    private static ExactnessRow Wrapped(string name, string script, string command, string compilers = "gcc") =>
        Row(name, compilers, command).By("TOP/tools/CC").With("SRC", "int v = W;\n").With("script.in", script)
            .After("mkdir tools; sed \"s,REAL,$(command -v $CC),g\" script.in >tools/$CC; chmod +x tools/$CC; printf '#!/bin/sh\\nexec \"$@\"\\n' >tools/ccache; chmod +x tools/ccache").NeverKnown();
}
