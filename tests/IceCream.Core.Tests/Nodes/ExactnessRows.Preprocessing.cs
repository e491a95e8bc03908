using System.Text;
using IceCream.Jobs;
using static IceCream.Tests.Nodes.ExactnessRow;

namespace IceCream.Tests.Nodes;

/// <summary>The table: what sources read, and what goes into them.</summary>
internal static partial class ExactnessRows
{
    private const string Clock = "const char *stamp = __DATE__ \" \" __TIME__;\n";

    // Of the time only what is the same for an hour, so that two compiles are alike.
    private const string Hour = "constexpr char digits[] = {__TIME__[0], __TIME__[1], __DATE__[4], __DATE__[5]};\nextern const char hour[4] = {digits[0], digits[1], digits[2], digits[3]};\n";

    public static IEnumerable<ExactnessRow> Preprocessing =>
    [
        Row("the clock of a fixed epoch", "gcc g++", "-c SRC").With("SRC", Clock).Told("SOURCE_DATE_EPOCH=1000000000").NeverKnown(),
        Row("the clock", OfCxx, "-c SRC").With("SRC", Hour).ByTheClock(),
        Row("the clock of a zone in the east", OfCxx, "-c SRC").With("SRC", Hour).Told("TZ=Pacific/Kiritimati").ByTheClock(),
        Row("the clock of a zone in the west", OfCxx, "-c SRC").With("SRC", Hour).Told("TZ=:Etc/GMT+12").ByTheClock(),
        Row("the clock of a zone by its file", OfCxx, "-c SRC").With("SRC", Hour).Told("TZ=/usr/share/zoneinfo/Asia/Kolkata").ByTheClock(),
        Row("the clock of a zone from a folder that is named", OfCxx, "-c SRC").With("SRC", Hour).Told("TZ=Asia/Kolkata", "TZDIR=/usr/share/../share/zoneinfo").ByTheClock(),
        Row("the clock of a zone by rule", OfCxx, "-c SRC").With("SRC", Hour).Told("TZ=XYZ-7:30").ByTheClock(),
        Row("the source's own time", Mixed, "-c SRC").With("SRC", "const char *t = __TIMESTAMP__;\n").Here(LocalOnlyKind.Inputs, "__TIMESTAMP__"),
        Row("the source's own time, given away", Mixed, "-Wno-builtin-macro-redefined -D__DATE__= -D__TIME__= -D__TIMESTAMP__=7 -c SRC").With("SRC", "#include \"h.h\"\nint t = TIMES TAMP;\n")
            .With("h.h", "#define TIMES 1 +\n#define TAMP 2\n"),
        Row("a header's own time", "g++ clang", "-c SRC").With("SRC", "#include \"h.h\"\n").With("h.h", "static const char *t = __TIMESTAMP__;\nconst char **p = &t;\n")
            .Here(LocalOnlyKind.Inputs, "h.h"),
        Row("counter, file and base file", Four, "-g -c ./SRC").With("SRC", "#include \"d/../h.h\"\nint a = __COUNTER__, b = __COUNTER__;\n")
            .With("d/x", "").With("h.h", "static int n = __COUNTER__;\nconst char *f = __FILE__, *g = __BASE_FILE__;\nint *q = &n;\nint level = __INCLUDE_LEVEL__;\n"),
        Row("a unity build", OfCxx, "-g -c SRC").With("SRC", "#include \"one.cc\"\n#include \"sub/two.cc\"\n")
            .With("one.cc", "static int f() { return __LINE__; }\n").With("sub/two.cc", "#include \"own.h\"\nint g() { return f() + own; }\n").With("sub/own.h", "const int own = 2;\n"),
        Row("forced includes and macros", Mixed, "-include forced.h -imacros d/macros.h -Id -c SRC").With("SRC", "int x = FORCED + MACRO;\n")
            .With("forced.h", "#define FORCED 1\n").With("d/macros.h", "#define MACRO 2\nint not_seen;\n"),
        Row("the folders of all flags", Four, "-iquote q -I i -isystem s -idirafter a -Wall -c SRC -H")
            .With("SRC", "#include \"q.h\"\n#include <i.h>\n#include <s.h>\n#include <a.h>\n")
            .With("q/q.h", "").With("i/i.h", "").With("s/s.h", "static int hidden(void) { int unused; }\n").With("a/a.h", "").With("q/i.h", "#error wrong\n"),
        Row("the next header", Four, "-I one -I two -c SRC").With("SRC", "#include <n.h>\n").With("one/n.h", "#include_next <n.h>\n").With("two/n.h", "int found = 2;\n"),
        Row("whether there is a header", Four, "-I one -I two -c SRC").With("SRC", "#include <n.h>\n")
            .With("one/n.h", "#if __has_include_next(<n.h>)\nint next = 1;\n#endif\n#if __has_include(\"absent.h\")\nint absent = 1;\n#endif\n#if __has_include(<present.h>)\nint present = 1;\n#endif\n")
            .With("two/n.h", "").With("two/present.h", ""),
        Row("no standard includes", Mixed, "-nostdinc -I mine -c SRC").With("SRC", "#include <stdio.h>\nint x = MINE;\n").With("mine/stdio.h", "#define MINE 1\n"),
        Row("a system root", OfC, "--sysroot=root -c SRC").With("SRC", "#include <only.h>\nint x = ONLY;\n").With("root/usr/include/only.h", "#define ONLY 1\n"),
        Row("folders in a system root", OfC, "--sysroot=root -I=/extra -c SRC").With("SRC", "#include <only.h>\nint x = ONLY;\n").With("root/extra/only.h", "#define ONLY 1\n"),
        Row("a folder of programs that is empty", Mixed, "-B tools -c SRC").With("SRC", "int x;\n").With("tools/readme", ""),
        Row("an assembler of one's own", "gcc", "-B tools/ -c SRC").With("SRC", "int x;\n").After("mkdir tools; ln -s \"$(command -v as)\" tools/as"),
        Row("specs of one's own", "gcc", "-specs=my.specs -c SRC").With("SRC", "int x = FROM_SPECS;\n").With("my.specs", "*cpp_unique_options:\n+ -DFROM_SPECS=3\n\n"),
        Row("cycles with guards", Four, "-c SRC").With("SRC", "#include \"x.h\"\nint z = X + Y;\n")
            .With("x.h", "#ifndef X\n#define X 1\n#include \"y.h\"\n#endif\n").With("y.h", "#ifndef Y\n#define Y 2\n#include \"x.h\"\n#endif\n"),
        Row("headers within headers, deeply", Mixed, "-c SRC").With("SRC", "#define N 0\n#include \"deep.h\"\nint end;\n")
            .With("deep.h", "#if __INCLUDE_LEVEL__ < 120\n#include \"deep.h\"\n#endif\n"),
        Row("two headers of one content", Mixed, "-c SRC").With("SRC", "#include \"a/h.h\"\n#include \"b/h.h\"\n").With("a/h.h", "#pragma once\n").With("b/h.h", "#pragma once\n"),
        Row("one header under two names", Mixed, "-c SRC").With("SRC", "#include \"a/h.h\"\n#include \"b/h.h\"\n").With("a/h.h", "#pragma once\nint once;\n")
            .After("mkdir b; ln a/h.h b/h.h").Here(LocalOnlyKind.Inputs, "h.h"),
        Row("a source through a link", Four, "-g -c SRC -MD").With("real/file.c", "int x;\n").After("ln -s real/file.c SRC"),
        Row("a header through a linked folder", Four, "-g -I link -c SRC -MD").With("SRC", "#include \"h.h\"\n").With("real/dir/h.h", "#include \"../up.h\"\n")
            .With("real/up.h", "int up;\n").With("up.h", "#error wrong\n").After("ln -s real/dir link"),
        Row("carriage returns", Mixed, "-Wall -c SRC").With("SRC", "#include \"h.h\"\r\n#define A 1 + \\\r\n  2\r\nint f(void) { int unused; return A; }\r\n").With("h.h", "int h;\r\n"),
        Row("no end of the last line", Mixed, "-Wall -pedantic -c SRC").With("SRC", "#include \"h.h\"\nint x;").With("h.h", "int y;"),
        Row("a byte order mark", Mixed, "-Wall -c SRC").With("SRC", "\uFEFF#include \"h.h\"\nint x;\n").With("h.h", "\uFEFFint y;\n"),
        Row("nothing at all", Mixed, "-g -Wall -pedantic -c SRC -MD").With("SRC", ""),
        Row("one long line", Mixed, "-c SRC").With("SRC", string.Concat(Enumerable.Repeat("int x; ", 30000).Select(static (text, i) => text.Replace("x", $"x{i}", StringComparison.Ordinal)))),
        Row("a megabyte in a comment", Mixed, "-c SRC").With("SRC", $"/*{new string('#', 1 << 20)}*/ int x;\n"),
        Row("trigraphs", Mixed, "-std=c++11 -trigraphs -Wall -c t.cc").With("t.cc", "??=include \"h.h\"\nint x??(2??);\n").With("h.h", "int h;\n"),
        Row("trigraphs that are off", Mixed, "-Wall -c SRC").With("SRC", "const char *s = \"??=\";\n"),
        Row("digraphs", Mixed, "-c SRC").With("SRC", "%:include \"h.h\"\nint x<:2:>;\n").With("h.h", "int h;\n"),
        Row("Latin-1 in a source", Mixed, "-Wall -c SRC").WithBytes("SRC", Encoding.Latin1.GetBytes("// é\nconst char *s = \"ü\";\n")),
        Row("Latin-1 in a wrong line", Mixed, "-c SRC").WithBytes("SRC", Encoding.Latin1.GetBytes("int x = \"é\" + ;\n")),
        Row("Latin-1 in a header's name", Mixed, "-I h -c SRC").WithBytes("SRC", Encoding.Latin1.GetBytes("#include \"é.h\"\n"))
            .After("mkdir h; : > \"$(printf 'h/\\351.h')\"").Here(LocalOnlyKind.Inputs, "not UTF-8"),
        Row("UTF-8 in names and folders", Mixed, "-g -I 'ö d' -MD -c 'ü b.c' -o 'ä.o'").With("ü b.c", "#include \"ß.h\"\nconst char *s = __FILE__ \"é\";\n").With("ö d/ß.h", "int x;\n"),
        Row("an input charset", "gcc g++", "-finput-charset=ISO-8859-15 -c SRC").WithBytes("SRC", Encoding.Latin1.GetBytes("const char *s = \"\u00a4\";\n")),
        Row("an execution charset", "gcc g++", "-fexec-charset=IBM1047 -c SRC").With("SRC", "const char *s = \"abc\";\n"),
        Row("a wide execution charset", "gcc", "-fwide-exec-charset=UTF-16LE -c SRC").With("SRC", "#include <stddef.h>\nconst wchar_t *s = L\"abc\";\n"),
        Row("charsets of Clang", "clang", "-finput-charset=UTF-8 -fexec-charset=UTF-8 -c SRC").With("SRC", "const char *s = \"é\";\n"),
        Row("assembler", OfC, "-g -c a.s").With("a.s", ".globl f\nf: ret\n"),
        Row("assembler with a preprocessor", Four, "-g -I d -c a.S -MD").With("a.S", "#include \"h.h\"\n.globl f\nf: .long NUMBER\n").With("d/h.h", "#define NUMBER 3\n"),
        Row("assembler of the other kind", "clang", "-fno-integrated-as -g -c a.S").With("a.S", ".globl f\nf: ret\n"),
        Row("C by an outer assembler", "clang clang++", "-fno-integrated-as -g -c SRC").With("SRC", "int f(int x) { return x; }\n"),
        Row("bytes within assembler", OfC, "-c a.S").With("a.S", ".data\n.incbin \"bytes.bin\"\n").With("bytes.bin", "bytes"),
        Row("bytes within plain assembler", OfC, "-c a.s").With("a.s", ".data\n.incbin \"d/bytes.bin\"\n").With("d/bytes.bin", "bytes"),
        Row("bytes within a string of assembler", Four, "-c SRC").With("SRC", "__asm__(\".data\\n.incbin \\\"bytes.bin\\\"\\n.text\\n\");\n").With("bytes.bin", "bytes"),
        Row("C in another's clothes", Mixed, "-x c++ -c a.c").With("a.c", "namespace n { int x = sizeof 'a'; }\n"),
        Row("Objective-C", OfC, "-c a.m").With("a.m", "#import \"h.h\"\n@interface A\n@end\nint x = H;\n").With("h.h", "#define H 1\n").Needing("cc1obj"),
        Row("Objective-C without GNU", "clang", "-c a.m").With("a.m", "#import \"h.h\"\n@interface A\n@end\nint x = H;\n").With("h.h", "#define H 1\n"),
        Row("a precompiled header", "gcc g++", "-g -O2 -MD -Winvalid-pch -include pre.h -c SRC").With("SRC", "#include \"part.h\"\n#include MORE\nint x = PRE + PART + more;\n")
            .With("pre.h", "#include <stddef.h>\n#include \"part.h\"\n#define MORE \"more.h\"\nstatic inline size_t pre(void) { return 1; }\n").With("part.h", "#pragma once\n#define PART 2\n")
            .With("more.h", "enum { more = 1 };\n").After(Precompile("-g -O2", "pre.h")),
        Row("a precompiled header that says something else", "gcc g++", "-include d/pre.h -c SRC").With("SRC", "int x = PRE;\n").With("d/pre.h", "#define PRE 1\n")
            .After(Precompile("", "d/pre.h") + "; echo '#define PRE 2' > d/pre.h; touch -r d/pre.h.gch d/pre.h"),
        Row("a precompiled header that is older", "gcc g++", "-include pre.h -c SRC").With("SRC", "int x = PRE;\n").With("pre.h", "#define PRE 1\n")
            .After(Precompile("", "pre.h") + "; touch -d '1 hour' pre.h").Here(LocalOnlyKind.PrecompiledHeader, "pre.h.gch"),
        Row("words about a precompiled header", "gcc g++", "-Wall -include pre.h -c SRC").With("SRC", "int f(void) { return old(); }\n")
            .With("pre.h", "__attribute__((deprecated)) int old(void);\n").After(Precompile("-Wall", "pre.h")),
        Row("a precompiled header that is not taken", "gcc g++", "-g -O2 -Winvalid-pch -include pre.h -DOTHER -c SRC").With("SRC", "int x = PRE;\n").With("pre.h", "#ifdef OTHER\n#define PRE 1\n#endif\n")
            .After(Precompile("-g -O2", "pre.h")),
        Row("a precompiled header without its header", "gcc g++", "-include pre.h -c SRC").With("SRC", "int x = PRE;\n").With("pre.h", "#define PRE 1\n")
            .After(Precompile("", "pre.h") + "; rm pre.h"),
        Row("a precompiled header in a folder of objects, as Meson has it", "gcc g++", "-Iobj -g -O2 -MD -fpch-preprocess -Winvalid-pch -include pre.h -c SRC")
            .With("SRC", "#include <stddef.h>\n#include \"part.h\"\nsize_t x = PRE + PART;\n").With("src/pre.h", "#include <stddef.h>\n#define PRE 1\n").With("part.h", "#define PART 2\n")
            .After("mkdir obj; " + Precompile("-Iobj -g -O2", "src/pre.h", "obj/pre.h.gch")),
        Row("a precompiled header in a folder of objects, which does not fit, and its header after it", "gcc g++", "-Iobj -Isrc -DOTHER=1 -include pre.h -c SRC")
            .With("SRC", "int x = PRE;\n").With("src/pre.h", "#ifdef OTHER\n#define PRE 2\n#else\n#define PRE 1\n#endif\n")
            .After("mkdir obj; " + Precompile("", "src/pre.h", "obj/pre.h.gch")),
        Row("a folder of precompiled headers, as qmake has it", "gcc g++", "-O2 -Winvalid-pch -include name -c SRC").With("SRC", "int x = PRE;\n").With("pre.h", "#define PRE 1\n")
            .After("mkdir name.gch; $CC -O2 -x c-header pre.h -o name.gch/c; $CC -O2 -x c++-header pre.h -o name.gch/c++"),
        Row("a folder of precompiled headers of which several may fit", "gcc g++", "-O2 -include name -c SRC").With("SRC", "int x = PRE;\n").With("pre.h", "#define PRE 1\n")
            .After("mkdir name.gch; " + Precompile("-O2", "pre.h", "name.gch/one") + "; " + Precompile("-O2", "pre.h", "name.gch/two")).Here(LocalOnlyKind.Inputs, "name"),
        Row("a precompiled header that the source includes", "gcc g++", "-c SRC").With("SRC", "#include \"pre.h\"\nint x = PRE;\n").With("pre.h", "#define PRE 1\n")
            .After(Precompile("", "pre.h")).Here(LocalOnlyKind.PrecompiledHeader, "pre.h.gch"),
        Row("a precompiled header of Clang", "clang++", "-include pre.h -c SRC").With("SRC", "int x = PRE;\n").With("pre.h", "#define PRE 1\n")
            .After(Precompile("", "pre.h")).Here(LocalOnlyKind.PrecompiledHeader, "pre.h.gch"),
        Row("a precompiled header of Clang that is named", "clang clang++", "-g -O2 -Wall -MD -include-pch pre.pch -c SRC").With("SRC", UsesPrecompiled).With("pre.h", ToPrecompile).With("part.h", PartHeader)
            .After("touch -d 2020-02-02 part.h; " + Precompile("-g -O2 -Wall", "pre.h", "pre.pch")),
        Row("a precompiled header of Clang as CMake has it", "clang clang++", "-g -O2 -Winvalid-pch -Xclang -include-pch -Xclang d/pre.h.pch -Xclang -include -Xclang d/pre.h -MD -c SRC").With("SRC", "#include \"part.h\"\n" + UsesPrecompiled[UsesPrecompiled.IndexOf("int", StringComparison.Ordinal)..])
            .With("d/pre.h", "#pragma once\n#include \"../part.h\"\n").With("part.h", PartHeader).After("touch -d 2020-02-02 part.h d/pre.h; " + Precompile("-g -O2", "d/pre.h", "d/pre.h.pch")),
        Row("a precompiled header of Clang that is older than a part of it", "clang++", "-include-pch pre.pch -c SRC").With("SRC", UsesPrecompiled).With("pre.h", ToPrecompile).With("part.h", PartHeader)
            .After(Precompile("", "pre.h", "pre.pch") + "; touch -d 2001-01-01 part.h"),
        Row("a precompiled header of Clang by another name", "clang++", "-include-pch pre.bin -c SRC").With("SRC", "int x;\n").With("pre.h", "int p;\n")
            .After(Precompile("", "pre.h", "pre.bin")).Here(LocalOnlyKind.PrecompiledHeader, "pre.bin"),
        Row("a header before the source that only the compiler proper is told of", "clang++", "-Xclang -include -Xclang pre.h -c SRC").With("SRC", "int x;\n").With("pre.h", "int p;\n")
            .Here(LocalOnlyKind.LocalFlag, "-include"),
        Row("a precompiled header is made", "clang++", "-c pre.h").With("pre.h", "#define PRE 1\n").Here(LocalOnlyKind.PrecompiledHeader, "pre.h").ExceptForWords(),
        Row("a source that Clang is to mend", "clang++", "-Wall -Xclang -fixit -c SRC").With("SRC", "struct S { int a; };\nint f(S *s) { if (s = nullptr) return 1; return s->a }\n").Here(LocalOnlyKind.LocalFlag, "-fixit"),
        Row("files laid over the file system", "clang clang++", "-ivfsoverlay over.yaml -c SRC").With("SRC", "#include \"seen.h\"\nint v = V;\n").With("real.h", "#define V 1\n")
            .With("over.yaml", "{ \"version\": 0, \"roots\": [] }\n").With("seen.h", "#define V 2\n").Here(LocalOnlyKind.LocalFlag, "-ivfsoverlay"),
        Row("a map of modules of Clang", "clang", "-fmodule-map-file=module.modulemap -c SRC").With("SRC", "#include \"m.h\"\nint v = M;\n").With("m.h", "#define M 1\n")
            .With("module.modulemap", "module M { header \"m.h\" }\n").Here(LocalOnlyKind.Modules, "-fmodule-map-file=module.modulemap"),
        Row("modules of Clang", "clang clang++", "-fmodules -c SRC").With("SRC", "int x;\n").Here(LocalOnlyKind.Modules, "-fmodules"),
        Row("modules of C++", "g++", "-std=c++20 -fmodules-ts -c m.cc").With("m.cc", "int f() { return 1; }\n").Here(LocalOnlyKind.Modules, "-fmodules-ts"),
    ];

    private const string PartHeader = "#pragma once\nstruct part { int x; };\n", ToPrecompile = "#pragma once\n#include <stddef.h>\n#include \"part.h\"\n";
    private const string UsesPrecompiled = "#include \"pre.h\"\n#include \"part.h\"\nint f(struct part *p) { int unused; return p->x; }\n";

    private static string Precompile(string flags, string header, string? output = null) =>
        $"case $CC in *++) L=c++;; *) L=c;; esac; $CC {flags} -x $L-header {header} -o {output ?? header + ".gch"}";

    private static ExactnessRow Row(string name, string compilers, string command) => new(name, compilers, command);
}
