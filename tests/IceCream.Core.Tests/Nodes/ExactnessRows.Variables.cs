using IceCream.Jobs;
using static IceCream.Tests.Nodes.ExactnessRow;

namespace IceCream.Tests.Nodes;

/// <summary>The table: variables, response files, and folders.</summary>
internal static partial class ExactnessRows
{
    public static IEnumerable<ExactnessRow> Variables =>
    [
        Row("folders from CPATH", Mixed, "-Wall -c SRC -MD").With("SRC", "#include <v.h>\n").With("one/v.h", "int v;\n").With("two/v.h", "#error wrong\n").Told("CPATH=one:two"),
        Row("the current folder from CPATH", Mixed, "-c SRC -MD").With("SRC", "#include <v.h>\n").With("v.h", "int v;\n").Told("CPATH=:nowhere"),
        Row("folders from C_INCLUDE_PATH", OfC, "-Wall -c SRC -MMD").With("SRC", "#include <v.h>\n").With("one/v.h", "static int v(void) { int unused; }\n").Told("C_INCLUDE_PATH=TOP/one"),
        Row("folders from CPLUS_INCLUDE_PATH", OfCxx, "-Wall -c SRC -MMD").With("SRC", "#include <v.h>\n").With("one/v.h", "static int v() { int unused; }\n").Told("CPLUS_INCLUDE_PATH=TOP/one"),
        Row("dependencies by DEPENDENCIES_OUTPUT", Mixed, "-c SRC").With("SRC", "#include \"v.h\"\n").With("v.h", "int v;\n").Told("DEPENDENCIES_OUTPUT=deps target")
            .Here(LocalOnlyKind.LocalFlag, "DEPENDENCIES_OUTPUT"),
        Row("dependencies by SUNPRO_DEPENDENCIES", Mixed, "-c SRC").With("SRC", "int v;\n").Told("SUNPRO_DEPENDENCIES=TOP/deps").Here(LocalOnlyKind.LocalFlag, "SUNPRO_DEPENDENCIES"),
        Row("a library before all others", Mixed, "-c SRC").With("SRC", "int v;\n").Told("LD_PRELOAD=/nowhere/at-all.so").Here(LocalOnlyKind.LocalFlag, "LD_PRELOAD"),
        Row("flags of Clang by a variable", "clang", "-c SRC").With("SRC", "int v = V;\n").Told("CCC_OVERRIDE_OPTIONS=#+-DV=2").Here(LocalOnlyKind.LocalFlag, "CCC_OVERRIDE_OPTIONS"),
        Row("a response file", Mixed, "@args").With("SRC", "const char *s = TEXT;\n#include \"h.h\"\n").With("d e/h.h", "int h;\n").With("args", "-g -c SRC -o 'out 1.o' @more.txt\n")
            .With("more.txt", "-I \"d e\"\n-DTEXT=\\\"a\\ b\\\"\t-MD '-MFde ps'\r\n"),
        Row("a response file of a long command", Mixed, "@args").With("SRC", "int x = M3999;\n")
            .With("args", string.Concat(Enumerable.Range(0, 4000).Select(static i => $"-DM{i}={i}\n")) + "-c SRC\n"),
        Row("a response file that is missing", Mixed, "-c SRC @nowhere").With("SRC", "int x;\n").Here(LocalOnlyKind.ResponseFile, "@nowhere"),
        Row("macros with spaces and quotes", Mixed, "-c SRC \"-DS=\\\"a b\\\"\" -D 'F(x)=x + 1' -UF").With("SRC", "const char *s = S;\n"),
        Row("a folder with a space", Mixed, "-g -I '../in c' -c SRC -MD").In("w d").With("w d/SRC", "#include \"h.h\"\nconst char *f = __FILE__;\n").With("in c/h.h", "int h;\n"),
        Row("a source by its whole name", OfC, "-g -c ../d/../SRC -MD").In("d").With("SRC", "const char *f = __FILE__;\n"),
        Row("two sources", Mixed, "-c SRC b.c").With("SRC", "int x;\n").With("b.c", "int y;\n").Here(LocalOnlyKind.SeveralSources, "b.c"),
        Row("preprocessed text", Mixed, "-g -c a.i").With("a.i", "# 1 \"else.c\"\nint x;\n"),
    ];
}
