using IceCream.Jobs;
using static IceCream.Tests.Nodes.ExactnessRow;

namespace IceCream.Tests.Nodes;

/// <summary>The table: what compilers say.</summary>
internal static partial class ExactnessRows
{
    private const string Careless = "#include \"h.h\"\nint f(int x) { int y; if (x = 1) { return part(2, 3); } }\n";
    private const string Part = "#define part(a, b) other(a)\nstatic int other(char *text) { return *text; }\n";

    public static IEnumerable<ExactnessRow> Words =>
    [
        Said("warnings", "g++ clang", "-Wall -Wextra -c SRC"),
        Said("warnings that are errors", "g++ clang", "-Wall -Werror -c SRC"),
        Said("warnings that are errors, one by one", Mixed, "-Wall -Werror=unused-variable -Wno-error=parentheses -c SRC"),
        Said("warnings that nobody knows", Mixed, "-Wno-unknown-thing -Wall -c SRC"),
        Said("warnings as JSON", "gcc", "-fdiagnostics-format=json -Wall -c SRC"),
        Said("warnings in colour", "g++ clang", "-fdiagnostics-color=always -Wall -c SRC"),
        Said("warnings in colours of one's own", Mixed, "-fdiagnostics-color=always -Wall -c SRC").Told("GCC_COLORS=error=01;35:warning=01;36:locus=04", "TERM=xterm"),
        Said("warnings with the quotes of C", "g++ clang", "-Wall -c SRC").Told("LC_ALL=C"),
        Said("warnings with the quotes of UTF-8", "g++ clang", "-Wall -c SRC").Told("LC_ALL=C.UTF-8"),
        Said("warnings in German", "gcc", "-Wall -c SRC").Told("LC_ALL=C.UTF-8", "LANGUAGE=de"),
        Said("warnings in German of a locale", Mixed, "-Wall -c SRC").Told("LANG=de_DE.UTF-8", "LC_MESSAGES=de_DE.UTF-8"),
        Said("warnings of columns", "gcc", "-fmessage-length=40 -fno-diagnostics-show-caret -Wall -c SRC").Told("COLUMNS=40"),
        Said("fixes", Mixed, "-fdiagnostics-parseable-fixits -Wall -c SRC"),
        Row("an error of the preprocessor", "g++ clang", "-c SRC").With("SRC", "#error no\n"),
        Row("a warning of the preprocessor", "g++ clang", "-c SRC").With("SRC", "#warning perhaps\nint x;\n"),
        Row("a header that Clang misses", "clang", "-c SRC").With("SRC", "#include \"nowhere.h\"\n"),
        Row("a header that is missing", "gcc g++", "-c SRC").With("SRC", "#include \"nowhere.h\"\n"),
        Row("notes into headers", "g++ clang", "-I d -c SRC").With("SRC", "#include \"h.h\"\nint f(void) { return part(1); }\n").With("d/h.h", "/* é */ int part(int a, int b);\n#include \"h2.h\"\n").With("d/h2.h", "int x = y;\n"),
        Row("warnings in headers", "g++ clang", "-Wall -I d -isystem s -c SRC").With("SRC", "#include <d.h>\n#include <s.h>\n#include <p.h>\n")
            .With("d/d.h", "static int d(void) { int unused; }\n").With("s/s.h", "static int s(void) { int unused; }\n")
            .With("d/p.h", "#pragma GCC system_header\nstatic int p(void) { int unused; }\n"),
        Row("templates as trees", OfCxx, "-fdiagnostics-show-template-tree -c SRC")
            .With("SRC", "template<class A, class B> struct P {};\ntemplate<class T> struct V {};\nvoid f(P<V<int>, V<char>>);\nvoid g(P<V<int>, V<long>> p) { f(p); }\n"),
        Row("words of pragmas", "g++ clang", "-c SRC").With("SRC", "#pragma message \"hello\"\n#pragma unheard of\nint x;\n"),
        Row("several errors and a limit", "g++", "-fmax-errors=2 -c SRC").With("SRC", "int a = ;\nint b = ;\nint c = ;\n"),
        Row("words in UTF-8", "g++ clang", "-Wall -c SRC").With("SRC", "int f(void) { const char *s = \"日本\"; int größe; return \"é\" + s; }\n"),
        Row("a compiler that breaks", "clang", "-fno-crash-diagnostics -c SRC").With("SRC", "#pragma clang __debug crash\n").Here(LocalOnlyKind.Confirmation, "").ExceptForWords(),
        Row("a flag that nobody knows", "g++ clang", "-c SRC --unheard-of").With("SRC", "int x;\n").Here(LocalOnlyKind.UnknownFlag, "--unheard-of"),
        Row("a flag of the family that nobody knows", "g++ clang", "-c SRC -funheard-of").With("SRC", "int x;\n").Here(LocalOnlyKind.Inputs, "-funheard-of"),
        Row("a source that is missing", "g++ clang", "-c SRC").Here(LocalOnlyKind.Inputs, "SRC"),
    ];

    private static ExactnessRow Said(string name, string compilers, string command) => Row(name, compilers, command).With("SRC", Careless).With("h.h", Part);
}
