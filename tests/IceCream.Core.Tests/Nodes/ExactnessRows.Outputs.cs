using IceCream.Jobs;
using static IceCream.Tests.Nodes.ExactnessRow;

namespace IceCream.Tests.Nodes;

/// <summary>The table: what is written, and where.</summary>
internal static partial class ExactnessRows
{
    private const string Plain = "#include \"h.h\"\nint f(int x) { int y = x; while (y < H) { y += x; } return y; }\n";
    private const string H = "#define H 7\n";

    public static IEnumerable<ExactnessRow> Outputs =>
    [
        Simple("recorded switches", Mixed, "-g -frecord-gcc-switches -c SRC"),
        Simple("split debug information", Four, "-g -gsplit-dwarf -c SRC -o d/out.o"),
        Simple("split debug information without -o", OfC, "-g -gsplit-dwarf -c SRC"),
        Simple("split debug information in one file", "clang clang++", "-g -gsplit-dwarf=single -c SRC"),
        Simple("split debug information beside assembler text", "gcc", "-g -gsplit-dwarf -S SRC -o d/out.s"),
        Simple("split debug information of a hidden file", OfC, "-g -gsplit-dwarf -c SRC -o d/.out"),
        Simple("mapped prefixes", Four, "-g -fdebug-prefix-map=/=/there/ -ffile-prefix-map=/tmp=/elsewhere -c SRC"),
        Simple("macros in debug information", Four, "-g3 -c SRC"),
        Simple("coverage", Mixed, "--coverage -frandom-seed=1 -c SRC -o d/out.o").Told("SOURCE_DATE_EPOCH=1"),
        Simple("coverage without -o", OfC, "--coverage -frandom-seed=1 -c SRC"),
        Simple("coverage of assembler text", "gcc", "--coverage -frandom-seed=1 -S SRC -o d/out.s"),
        Simple("a profile to be made", Mixed, "-fprofile-generate -frandom-seed=1 -c SRC"),
        Simple("a profile to be made into a folder", Mixed, "-fprofile-generate=p -frandom-seed=1 -c SRC"),
        Simple("a profile to be used, by name", "gcc", "-O2 -fprofile-use=p/a.gcda -c SRC").After("mkdir p; echo 'int main(void){}' > m.c; $CC -O2 -fprofile-generate -c SRC -o a.o; $CC -fprofile-generate m.c a.o; ./a.out; mv a.gcda p; rm -f *.o *.out *.gcda"),
        Simple("a profile to be used that is missing", "gcc", "-O2 -fprofile-use=p/a.gcda -c SRC"),
        Simple("a profile to be used, wherever it is", Mixed, "-O2 -fprofile-use -c SRC"),
        Row("a profile beside the object", "gcc", "-O2 -fprofile-use -Wmissing-profile -c SRC").With("SRC", Profiled).After(MakeProfile("")),
        Row("a profile in a folder, by a name that GCC makes up", "gcc", "-O2 -fprofile-use=p -Wmissing-profile -c SRC").With("SRC", Profiled).After(MakeProfile("=p")),
        Simple("a compilation database", OfC, "-MJ a.json -c SRC").Here(LocalOnlyKind.LocalFlag, "-MJ"),
        Simple("dependencies", Four, "-MD -c SRC -o d/out.o"),
        Simple("dependencies without -o", Four, "-MMD -MP -c SRC"),
        Simple("dependencies of assembler text", Mixed, "-MD -S SRC"),
        Simple("dependencies with targets", Four, "-MD -MF 'd/my deps' -MT 'one two' -MQ '$(three) four' -MT x -MP -c SRC -o d/out.o"),
        Simple("dependencies by joined words", Mixed, "-MMD -MFd/x.d -MTall -MQ$x -c SRC"),
        Simple("dependencies by the preprocessor's flags", Mixed, "-Wp,-MD,d/.out.o.d -c SRC -o d/out.o"),
        Simple("dependencies of a hidden file", OfC, "-MD -c SRC -o d/.out"),
        Simple("dependencies of an output with two dots", Mixed, "-MD -c SRC -o d/out.x.o"),
        Simple("dependencies for NMake", "clang", "-MD -MV -c SRC -o 'd/o ut.o'"),
        Simple("dependencies named and not asked for", "gcc", "-MF x.d -c SRC"),
        Simple("dependencies on the way to the output", OfC, "-MD -MF - -c SRC").Here(LocalOnlyKind.Output, "-"),
        Simple("dependencies of missing files", OfC, "-MD -MG -c SRC").Here(LocalOnlyKind.LocalFlag, "-MG").ExceptForWords(),
        Simple("assembler text", Four, "-S -O2 -fverbose-asm SRC"),
        Simple("bytecode", "clang", "-emit-llvm -c SRC"),
        Simple("intermediate files", Mixed, "-save-temps -c SRC").Here(LocalOnlyKind.LocalFlag, "-save-temps"),
        Simple("a trace of time", "clang clang++", "-ftime-trace -c SRC -o d/out.o").ExceptFor(".json"),
        Simple("the use of the stack", Mixed, "-fstack-usage -c SRC"),
        Simple("the graph of calls", "gcc", "-fcallgraph-info=su,da -c SRC -o d/out.o"),
        Simple("dumps", "gcc", "-fdump-tree-optimized -c SRC").Here(LocalOnlyKind.LocalFlag, "-fdump-tree-optimized"),
        Simple("bytes for the linker", Mixed, "-flto -frandom-seed=1 -c SRC"),
        Simple("bytes for the linker, and an object", "gcc", "-flto -ffat-lto-objects -frandom-seed=1 -c SRC"),
        Simple("thin bytes for the linker", "clang", "-flto=thin -c SRC"),
        Simple("a random seed", Mixed, "-frandom-seed=abc/d.o -c SRC"),
        Simple("this machine's processor", Four, "-march=native -O2 -c SRC"),
        Simple("this machine's processor, tuned for", Mixed, "-O2 -march=native -mtune=native -c SRC"),
        Simple("this machine's processor with an exception", Mixed, "-O2 -march=native -mno-avx -c SRC").Here(LocalOnlyKind.LocalFlag, "-march=native"),
        Simple("this machine's processor after an exception", Mixed, "-O2 -mno-sse4.2 -march=native -c SRC").Here(LocalOnlyKind.LocalFlag, "-march=native"),
        Simple("this machine's processor in the words of debug information", "gcc", "-march=native -g -c SRC").Here(LocalOnlyKind.LocalFlag, "-g"),
        Simple("this machine's processor beside debug information", "clang", "-march=native -g -O2 -c SRC"),
        Simple("tuned for this machine", Mixed, "-mtune=native -O2 -c SRC"),
        Simple("specs in the compiler's own folder", "gcc", "-specs=libgomp.spec -c SRC"),
        Simple("specs by a word of their own", "gcc", "-specs ./my.specs -c SRC").With("my.specs", "*cpp_options:\n+ -DQ\n\n"),
        Simple("dependencies that nobody keeps", Four, "-MD -MF /dev/null -c SRC"),
        Simple("nothing forced before the source", Four, "-include /dev/null -MD -c SRC"),
        Simple("words that all name files", "clang clang++", "-c -o out.o -- SRC"),
        Simple("remarks", "clang", "-O2 -Rpass=.* -Rpass-missed=inline -c SRC"),
        Simple("words for Clang's compiler proper", "clang", "-O2 -g -Xclang -mllvm -Xclang -inline-threshold=9 -Xclang -fdebug-compilation-dir -Xclang . -Xclang -target-feature -Xclang +sse4.2 -c SRC"),
        Simple("a folder for what is left of a crash", "clang", "-fcrash-diagnostics-dir=crash -c SRC"),
        Simple("code for Windows", "clang", "--target=x86_64-pc-windows-msvc -mno-incremental-linker-compatible -c SRC"),
        Simple("code for macOS", "clang", "--target=arm64-apple-macos13 -c SRC"),
        Simple("a source that is left to the linker", "clang", "-c a.sx -o a.o").With("a.sx", "\t.byte 1\n").Here(LocalOnlyKind.Lookups, "does not write"),
        Simple("a file that no flag of ours names", "clang", "-O2 -mllvm -stats -mllvm -info-output-file=info.txt -c SRC").Here(LocalOnlyKind.Lookups, "info.txt"),
        Simple("32 bits", Mixed, "-m32 -c SRC"),
        Simple("a plugin", "gcc", "-fplugin=./plugin.so -c SRC").Here(LocalOnlyKind.LocalFlag, "-fplugin=./plugin.so"),
        Simple("a plugin of Clang", "clang", "-fpass-plugin=./plugin.so -c SRC").Here(LocalOnlyKind.LocalFlag, "-fpass-plugin=./plugin.so"),
        Simple("diagnostics as a file", "clang", "--serialize-diagnostics d/out.dia -Wall -c SRC"),
        Simple("pipes", Mixed, "-pipe -c SRC"),
        Simple("sanitizers", Four, "-fsanitize=address,undefined -g -c SRC"),
        Simple("compressed debug information", Mixed, "-g -gz -c SRC"),
        Simple("an output in another folder", Four, "-g -c SRC -o d/../d/out.o"),
        Simple("an output by the long way", Mixed, "-MD -c SRC -o ./d//.././d/out.o"),
        Simple("an output from behind a link", Mixed, "-c SRC -o link/../out.o").After("mkdir d/e; ln -s d/e link").Here(LocalOnlyKind.Output, "link/../out.o"),
        Simple("an output in the folder above", OfC, "-g -c SRC -o ../out.o").In("d").With("d/SRC", Plain).With("d/h.h", H),
        Simple("an output that begins with a dash", Four, "-c SRC -o -out.o"),
        Simple("an output that begins with a space", Four, "-MD -c SRC -o ' out.o'"),
        Simple("an output without an ending", Four, "-MD -c SRC -o d/out"),
        Simple("an output that is there already", Four, "-MD -c SRC -o d/out.o").With("d/out.o", "old").With("d/out.d", "old"),
        Simple("an output that is there already, of a wrong source", Four, "-MD -c wrong.c -o d/out.o").With("wrong.c", "int x = ;\n").With("d/out.o", "old").With("d/out.d", "old"),
        Simple("an output of two names", "gcc", "-S SRC -o d/out.s").With("d/out.s", "old").After("ln d/out.s d/other").NeverKnown(),
        // Clang replaces the file: it has one name already when the farm comes.
        Simple("an output of two names that part", "clang", "-S SRC -o d/out.s").With("d/out.s", "old").After("ln d/out.s d/other"),
        Simple("an output that is nowhere", Four, "-c SRC -o nowhere/out.o").Here(LocalOnlyKind.Output, "nowhere/out.o").ExceptForWords(),
        Simple("a source that begins with a dash", Four, "-g -c ./-a.c -MD").With("-a.c", Plain),
    ];

    private const string Profiled = "int main(int c, char **v) { int s = 0; for (int i = 0; i < 1000; i++) { if (i % 3) s += i * c; else s ^= c; } return v == 0 && s == 1; }\n";

    private static string MakeProfile(string where) =>
        $"$CC -O2 -fprofile-generate{where} -c SRC -o a.o; $CC -fprofile-generate a.o -o m; ./m; rm m a.o; find . -name '*.gcda' | grep -q .";

    private static ExactnessRow Simple(string name, string compilers, string command) =>
        Row(name, compilers, command).With("SRC", Plain).With("h.h", H).With("d/readme", "");
}
