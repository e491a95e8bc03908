using System.Collections.Immutable;
using IceCream.FileSystem;
using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Processes;
using Xunit;

namespace IceCream.Tests.Inputs;

public sealed class IncludeScannerTests : IDisposable
{
    private readonly ScannedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gcc")]
    [InlineData("clang")]
    public async Task Standard_headers_are_found_as_the_compiler_finds_them(string compiler)
    {
        _folder.Write("a.c", "#include <stdio.h>\n#include <limits.h>\n#include <stddef.h>\n#include <math.h>\n");
        CompileJob job = _folder.Job(compiler, "-c", "a.c");

        ScanResult scan = await _folder.Scanner.ScanAsync(job);

        Assert.Null(scan.Doubt);
        ImmutableArray<string> read = (await _folder.AskAsync(job))!.Value;
        Assert.Empty(read.Except(scan.Files));
        Assert.Contains("/usr/include", scan.Directories);
    }

    [Fact]
    public async Task Files_are_named_as_the_compiler_names_them()
    {
        _folder.Write("src/a.c", "#include \"b.h\"\n#include <c.h>\n");
        _folder.Write("src/b.h", "#include \"../inc/d.h\"\n");
        _folder.Write("inc/c.h", "");
        _folder.Write("inc/d.h", "");
        Assert.Equal(["inc/c.h", "src/../inc/d.h", "src/a.c", "src/b.h"], await OwnFilesAsync("gcc", "-Iinc", "-nostdinc", "-c", "src/a.c"));
    }

    [Fact]
    public async Task A_header_that_appears_between_two_jobs_is_seen()
    {
        _folder.Write("second/a.h", "");
        Directory.CreateDirectory(Path.Combine(_folder.Root, "first"));
        _folder.Write("a.c", "#include <a.h>\n#include <deep/b.h>\n");
        string[] command = ["gcc", "-Ifirst", "-Isecond", "-Ilater", "-nostdinc", "-c", "a.c"];
        Assert.Equal(["a.c", "second/a.h"], await OwnFilesAsync(command));

        _folder.Write("first/a.h", "");
        Assert.Equal(["a.c", "first/a.h"], await OwnFilesAsync(command));

        _folder.Write("first/deep/b.h", "");
        Assert.Equal(["a.c", "first/a.h", "first/deep/b.h"], await OwnFilesAsync(command));

        File.Delete(Path.Combine(_folder.Root, "first/deep/b.h"));
        _folder.Write("later/deep/b.h", "");
        Assert.Equal(["a.c", "first/a.h", "later/deep/b.h"], await OwnFilesAsync(command));
    }

    [Fact]
    public async Task A_header_that_is_edited_is_read_again_and_no_other()
    {
        _folder.Write("a.h", "");
        _folder.Write("b.h", "/* b */");
        _folder.Write("a.c", "#include \"a.h\"\n");
        Assert.Equal(["a.c", "a.h"], await OwnFilesAsync("gcc", "-nostdinc", "-c", "a.c"));
        int read = _folder.Reader.ContentsRead;

        _folder.Write("a.h", "#include \"b.h\"\n");

        Assert.Equal(["a.c", "a.h", "b.h"], await OwnFilesAsync("gcc", "-nostdinc", "-c", "a.c"));
        Assert.Equal(read + 2, _folder.Reader.ContentsRead);
    }

    [Fact]
    public void What_folders_hold_is_remembered_while_they_are_unchanged()
    {
        _folder.Write("one/two/a.h", "");
        string folder = Path.Combine(_folder.Root, "one");

        // From an hour ahead every change lies long enough in the past.
        var memory = _folder.MemoryAt(new Ahead(TimeSpan.FromHours(1)));
        Assert.Equal(NameState.Absent, memory.Begin().At(folder).Look("b.h", memory.Begin()).State);
        _folder.Write("one/b.h", "");
        Assert.Equal(NameState.Present, memory.Begin().At(folder).Look("b.h", memory.Begin()).State);
        Directory.Delete(folder, recursive: true);
        InputVisit visit = memory.Begin();
        Assert.False(visit.At(folder).Exists(visit));
        Assert.False(visit.At(folder).Child("two").Exists(visit));
        _folder.Write("one/two/a.h", "");
        visit = memory.Begin();
        Assert.True(visit.At(folder).Child("two").Exists(visit));
    }

    /// <summary>As in Boost, where limits are defined by one another, and sums come out in more ways than can be tried.</summary>
    private const string Tuples =
        """
        #define BOOST_PP_TUPLE_ELEM(...) CHOOSE(__VA_ARGS__, ELEM_3, ELEM_2, 0)(__VA_ARGS__)
        #define CHOOSE(a, b, c, d, ...) d
        #define ELEM_2(n, t) ELEM_ ## n ## _OF t
        #define ELEM_3(size, n, t) ELEM_2(n, t)
        #define ELEM_1_OF(a, b, ...) b
        #define ELEM_2_OF(a, b, c, ...) c
        #define TOP LIMIT
        #define LIMIT TOP
        #define SIZE W(W(W(W(1))))
        #define BOOST_PP_MAX(a, b) W(W(W(W(a))))
        #define W(x) A(x) B(x) C(x) D(x) E(x) G(x) H(x) I(x)
        #if 1
        #define A(x) x
        #define B(x) x
        #define C(x) x
        #define D(x) x
        #define E(x) x
        #define G(x) x
        #define H(x) x
        #define I(x) x
        #else
        #define A(x) 1 x
        #define B(x) 1 x
        #define C(x) 1 x
        #define D(x) 1 x
        #define E(x) 1 x
        #define G(x) 1 x
        #define H(x) 1 x
        #define I(x) 1 x
        #endif

        """;

    [Theory]
    [InlineData("#include \"loop.h\"\n", "a.c loop.h")]
    [InlineData("#define X(n) <n.h>\n#include X(loop)\n", "a.c inc/loop.h")]
    [InlineData("#include __FILE__\n", "a.c")]
    [InlineData("#include UNDEFINED\n#include <missing.h>\n", "a.c")]
    [InlineData("#include FROM_COMMAND\n", "a.c inc/loop.h")]
    [InlineData("asm(\".include \\\"x.inc\\\"\");\n", "a.c x.bin x.inc")]
    [InlineData("asm(\".incbin \\\"x.bin\\\"\");\n", "a.c x.bin")]
    [InlineData("#define HAS(x) __has_include(x)\n#if HAS(\"loop.h\")\n#endif\n", "a.c inc/loop.h loop.h")]
    [InlineData("#include \"a/../loop.h\"\n", "a.c")]
    [InlineData("#include \"inc/../loop.h\"\n", "a.c inc/../loop.h loop.h")]
    [InlineData("#define P (3, (1, 5, <loop.h>))\n#define F BOOST_PP_ARRAY_ELEM(2, P)\n#include F\n", "a.c inc/loop.h")]
    [InlineData(Tuples + "#define P (3, (1, BOOST_PP_MAX(TOP, 2), <loop.h>))\n#define F BOOST_PP_ARRAY_ELEM(2, P)\n#include F\n", "a.c inc/loop.h")]
    [InlineData(Tuples + "#define P (3, (1, TOP, <loop.h>))\n#define Q BOOST_PP_TUPLE_ELEM(2, 1, P)\n#define F() BOOST_PP_TUPLE_ELEM(SIZE, 2, Q)\n#include F()\n", "a.c inc/loop.h")]
    [InlineData(Tuples + "#define BOTH 1, 2\n#define P (3, (BOTH, <loop.h>, <x.inc>))\n#define F BOOST_PP_ARRAY_ELEM(2, P)\n#include F\n", "a.c inc/loop.h")]
    [InlineData(Tuples + "#define OTHER <loop.h>\n#include BOOST_PP_TUPLE_ELEM(1, (TOP, OTHER))\n", "a.c inc/loop.h")]
    [InlineData("#define L BOOST_PP_CAT(lo, op).h\n#include BOOST_PP_STRINGIZE(inc/L)\n", "a.c inc/loop.h")]
    [InlineData("#include <link.h>\n", "a.c inc/link.h")]
    [InlineData("#include <folder>\n", "a.c")]
    public async Task A_source_leads_to(string source, string expected)
    {
        _folder.Write("loop.h", "#include \"loop.h\"\n#include \"inc/../loop.h\"\n");
        _folder.Write("inc/loop.h", "");
        _folder.Write("inc/folder/x", "");
        _folder.Write("x.inc", ".incbin \"x.bin\"\n");
        _folder.Write("x.bin", "\0#include <loop.h>\n");
        File.CreateSymbolicLink(Path.Combine(_folder.Root, "inc/link.h"), "loop.h");
        _folder.Write("a.c", source);
        string[] found = await OwnFilesAsync("gcc", "-Iinc", "-nostdinc", "-DFROM_COMMAND=<loop.h>", "-c", "a.c");
        Assert.Equal(expected.Split(' ').Select(_folder.Real).Distinct().Order(StringComparer.Ordinal), found.Select(_folder.Real).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("#include <pre.h>\n", "precompiled")]
    [InlineData("char *t = __TIMESTAMP__;\n", "__TIMESTAMP__")]
    [InlineData("#define HAS(x) __has_include(x)\n#define NAME <pre.h>\n#if HAS(NAME)\n#endif\n", "HAS")]
    [InlineData("#define I(x) __has_include(x)\n#define HAS(x) I(x)\n#define NAME <pre.h>\n#if HAS(NAME)\n#endif\n", "HAS")]
    [InlineData("#define S_(x) #x\n#define S(x) S_(x)\n#include S(__LINE__)\n", "intricate")]
    [InlineData("asm(\".incbin \\\"missing\\\"\");\n", "missing")]
    [InlineData("asm(\".incbin \" NAME \"\\n\");\n", ".incbin")]
    [InlineData("#include \"pipe\"\n", "regular")]
    public async Task What_the_scanner_cannot_follow_it_doubts(string source, string doubt)
    {
        _folder.Write("inc/pre.h.gch", "");
        File.CreateSymbolicLink(Path.Combine(_folder.Root, "pipe"), "/dev/null");
        _folder.Write("a.c", source);
        ScanResult scan = await _folder.ScanAsync("gcc", "-Iinc", "-nostdinc", "-c", "a.c");
        Assert.Contains(doubt, scan.Doubt, StringComparison.Ordinal);
        Assert.Empty(scan.Files);
    }

    [Theory]
    [InlineData("gcc -std=c11 -c a.c", "??=include \"x.h\"\n", "trigraphs")]
    [InlineData("clang -ftrigraphs -c a.c", "??=include \"x.h\"\n", "trigraphs")]
    [InlineData("clang -Xclang -std=c11 -c a.c", "??=include \"x.h\"\n", "trigraphs")]
    [InlineData("clang -Xclang -fms-extensions -c a.c", "", "-fms-extensions")]
    [InlineData("gcc --include missing.h -c a.c", "", "missing.h")]
    [InlineData("gcc -c a.c", "??=include \"x.h\"\n", null)]
    [InlineData("clang++ -std=c++20 -c a.c", "import <vector>;\n", "modules")]
    [InlineData("g++ -std=c++20 -c a.c", "import <vector>;\n", null)]
    [InlineData("gcc -traditional-cpp -c a.c", "", "-traditional-cpp")]
    [InlineData("gcc -include missing.h -c a.c", "", "missing.h")]
    [InlineData("clang -include forced.h -c a.c", "", "precompiled")]
    [InlineData("gcc -c missing.c", "", "missing.c")]
    public async Task Arguments_can_be_a_reason_for_doubt(string command, string source, string? doubt)
    {
        _folder.Write("a.c", source);
        _folder.Write("forced.h", "");
        _folder.Write("forced.h.pch", "");
        string? said = (await _folder.ScanAsync([.. command.Split(' ')])).Doubt;
        Assert.True(doubt is null ? said is null : said?.Contains(doubt, StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task Forced_includes_come_from_the_working_directory_first()
    {
        _folder.Write("sub/a.c", "");
        _folder.Write("sub/one.h", "");
        _folder.Write("one.h", "");
        _folder.Write("inc/two.h", "#define M <three.h>\n");
        _folder.Write("inc/three.h", "");
        Assert.Equal(["inc/two.h", "one.h", "sub/a.c"], await OwnFilesAsync("gcc", "-Iinc", "-nostdinc", "-include", "one.h", "-imacros", "two.h", "-c", "sub/a.c"));
    }

    [Fact]
    public async Task An_assembler_source_takes_no_includes_of_the_preprocessor()
    {
        _folder.Write("a.s", "# include <no.h>\n#include \"no.h\"\n.include \"b.inc\"\n");
        _folder.Write("no.h", "");
        _folder.Write("inc/b.inc", "");
        Assert.Equal(["a.s", "inc/b.inc"], await OwnFilesAsync("gcc", "-Iinc", "-c", "a.s"));
    }

    [Fact]
    public async Task An_assembler_has_folders_of_its_own()
    {
        _folder.Write("a.s", ".include \"b.inc\"\n");
        _folder.Write("asm/b.inc", ".incbin \"x.bin\"\n");
        _folder.Write("more/x.bin", "");
        Assert.Equal(["a.s", "asm/b.inc", "more/x.bin"], await OwnFilesAsync("gcc", "-Wa,-Iasm,-I,more", "-c", "a.s"));
    }

    [Theory]
    [InlineData("-D__TIMESTAMP__=", "int a;\n", null)]
    [InlineData("-D__TIMESTAMP__=__TIMESTAMP__", "int a;\n", "__TIMESTAMP__")]
    [InlineData("-DT=__TIMESTAMP__", "int a;\n", "__TIMESTAMP__")]
    [InlineData("-D__TIMESTAMP__=", "#undef __TIMESTAMP__\nchar *a = __TIMESTAMP__;\n", "__TIMESTAMP__")]
    public async Task A_command_that_gives_the_time_of_a_file_away_asks_for_none(string define, string source, string? doubt)
    {
        _folder.Write("a.c", source);
        ScanResult scan = await _folder.ScanAsync("gcc", "-nostdinc", define, "-c", "a.c");
        Assert.True(doubt is null ? scan.Doubt is null : scan.Doubt?.Contains(doubt, StringComparison.Ordinal), scan.Doubt);
    }

    [Fact]
    public async Task Doubt_goes_down_a_rung_and_is_told()
    {
        InputDiscovery discovery = _folder.DiscoveryTo(new Fixed(new CollectedInputs(["asked"], [])));
        _folder.Write("asked", "");
        _folder.Write("a.c", "");
        CollectedInputs sure = await discovery.CollectAsync(_folder.Job("gcc", "-nostdinc", "-c", "a.c"));
        _folder.Write("a.c", "#pragma GCC dependency \"x\"\n");
        CollectedInputs asked = await discovery.CollectAsync(_folder.Job("gcc", "-nostdinc", "-c", "a.c"));

        Assert.Equal((InputStage.Scanner, null), (sure.Stage, sure.Doubt));
        Assert.Equal("asked", Assert.Single(asked.Files));
        Assert.Equal(InputStage.Compiler, asked.Stage);
        Assert.Contains("dependency", asked.Doubt, StringComparison.Ordinal);
        Assert.Equal(
            [new NamedCount("compiler: " + asked.Doubt, 1), new NamedCount("scanner", 1)], _folder.Counters.Read().OrderBy(count => count.Name, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Little_is_remembered_when_little_may_be()
    {
        _folder.Write("a.c", "#include \"b.h\"\n");
        _folder.Write("b.h", "int b;\n");
        using var digests = new IceCream.Digests.FileDigests();
        var reader = new SourceReader(digests, budget: 1);
        var scanner = new IncludeScanner(new SearchFolders(new ProcessCompilerProbe()), new InputMemory(digests, reader, TimeProvider.System));
        CompileJob job = _folder.Job("gcc", "-nostdinc", "-c", "a.c");
        Assert.Equal((string[])["a.c", "b.h"], (await scanner.ScanAsync(job)).Files.ToArray());
        Assert.Equal((string[])["a.c", "b.h"], (await scanner.ScanAsync(job)).Files.ToArray());
        Assert.InRange(reader.ContentsRead, 3, 4);
    }

    private async Task<string[]> OwnFilesAsync(params string[] command)
    {
        ScanResult scan = await _folder.ScanAsync([.. command]);
        Assert.Null(scan.Doubt);
        return [.. scan.Files.Where(static path => !path.StartsWith('/')).Order(StringComparer.Ordinal)];
    }

    private sealed class Ahead(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }

    private sealed class Fixed(CollectedInputs inputs) : IInputCollector
    {
        public ValueTask<CollectedInputs> CollectAsync(CompileJob job, CancellationToken cancellationToken = default) => ValueTask.FromResult(inputs);
    }
}
