using IceCream.Jobs;
using static IceCream.Tests.Nodes.ExactnessRow;

namespace IceCream.Tests.Nodes;

/// <summary>The table: what no reader of the text finds, and a worker sees the compiler look for.</summary>
internal static partial class ExactnessRows
{
    private const string Choice = "#if HAVE\nint v = 1;\n#else\nint v = 2;\n#endif\n";

    public static IEnumerable<ExactnessRow> Hidden =>
    [
        Row("a probe by a macro of a macro", Four, "-Iinc -c SRC").With("SRC", "#define HAS(x) __has_include(x)\n#define HAVE HAS(<opt.h>)\n" + Choice).With("inc/opt.h", "\n"),
        Row("a probe by a macro of the command", Mixed, "-Iinc '-DHAS(x)=__has_include(x)' '-DHAVE=HAS(<opt.h>)' -c SRC").With("SRC", Choice).With("inc/opt.h", "\n"),
        Row("a probe put together", "gcc", "-I. -c SRC").With("SRC", "#define P(x) __has_##x\n#define HAVE P(include)(<opt.h>)\n" + Choice).With("opt.h", "\n"),
        Row("a probe that says no", Four, "-Iinc -c SRC").With("SRC", "#define HAS(x) __has_include(x)\n#define HAVE HAS(<none.h>)\n" + Choice).With("inc/opt.h", "\n"),
        Row("data behind an escape", Mixed, "-c SRC").With("SRC", "__asm__(\".section .rodata\\n\\t.incbin\\t\\\"d.bin\\\"\\n\\t.text\\n\");\nint x;\n").With("d.bin", "data"),
        Row("text from a folder of the assembler", OfC, "-Wa,-Iinc -c a.s").With("a.s", "\t.include \"q.s\"\n").With("inc/q.s", "\t.globl q\nq:\n"),
        Row("data by a loud assembler", OfC, "-c a.S").With("a.S", "\t.section .rodata\n\t.INCBIN \"d.bin\"\n").With("d.bin", "data"),
        Row("a forced header that lies elsewhere too", Four, "-include config.h -Ibuild -c src/SRC").With("src/SRC", "int v = V;\n")
            .With("src/config.h", "#define V 1\n").With("build/config.h", "#define V 2\n"),
        Row("an include in the shadow of a raw string", OfCxx, "-c SRC").With("SRC", "const char *t = R\"(\n#define GLOB /*\n)\";\n#include \"opt.h\"\n/* */\n").With("opt.h", "int o;\n"),
        Row("a search folder that is a file", Mixed, "-Ifile -Werror -c SRC").With("SRC", "int x;\n").With("file", "\n"),
        Row("a search folder below a file", "gcc", "-Ifile/below -c SRC").With("SRC", "int x;\n").With("file", "\n").Here(LocalOnlyKind.Inputs, "Not a directory"),
        Row("a probe behind an empty macro", "gcc", "-Iinc -c SRC").With("SRC", "#define E(x) x\n#if E(__has_include)(<deep/er.h>)\nint v = 1;\n#else\nint v = 2;\n#endif\n").With("inc/deep/er.h", "\n"),
        Row("a time that is put together", "gcc", "-c SRC").With("SRC", "#define T(a, b) a##b\n#define U(a, b) T(a, b)\nconst char *t = U(__TIME, STAMP__);\n")
            .Here(LocalOnlyKind.Lookups, "local time"),
        Row("data of the machine", Mixed, "-c SRC").With("SRC", "__asm__(\".section .rodata\\n\\t.incbin\\t\\\"/proc/version\\\"\\n\\t.text\\n\");\nint x;\n")
            .Here(LocalOnlyKind.Lookups, "/proc/version"),
        Row("the working folder by way of the process", Mixed, "-g -c SRC").With("SRC", "int x;\n").Told("PWD=/proc/self/cwd").NeverKnown(),
    ];
}
