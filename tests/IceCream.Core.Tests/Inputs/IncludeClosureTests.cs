using IceCream.Inputs;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Inputs;

/// <summary>What a command forces in, what must not be read, and what takes more than a look at one file.</summary>
public sealed class IncludeClosureTests : IDisposable
{
    private readonly ScannedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gcc")]
    [InlineData("clang")]
    public async Task A_forced_include_is_searched_in_the_working_directory_and_on_the_chain_but_not_beside_the_source(string compiler)
    {
        _folder.Write("src/config.h", "#define V 1\n");
        _folder.Write("build/config.h", "#define V 2\n");
        _folder.Write("src/a.c", "int v = V;\n");
        CompileJob job = _folder.Job(compiler, "-include", "config.h", "-Ibuild", "-nostdinc", "-c", "src/a.c");
        ScanResult scan = await _folder.Scanner.ScanAsync(job);

        Assert.Null(scan.Doubt);
        Assert.Equal((await _folder.AskAsync(job))!.Value.Order(StringComparer.Ordinal), scan.Files.Order(StringComparer.Ordinal));
        Assert.Contains("build/config.h", scan.Files);
        _folder.Write("config.h", "#define V 3\n");
        Assert.Contains("config.h", (await _folder.Scanner.ScanAsync(job)).Files);
    }

    [Theory]
    [InlineData("-c", "a.c")]
    [InlineData("-include", "p.h", "-c", "b.c")]
    [InlineData("-remap", "-c", "a.c")]
    [InlineData("-c", "c.c")]
    public async Task A_pipe_that_would_be_read_keeps_the_job_here_unread(params string[] arguments)
    {
        await System.Diagnostics.Process.Start("mkfifo", Path.Combine(_folder.Root, "p.h")).WaitForExitAsync();
        _folder.Write("a.c", "#include \"p.h\"\n");
        _folder.Write("b.c", "");
        _folder.Write("c.c", "int stamp = sizeof(__TIMESTAMP__);\n#include \"d.h\"\n");
        _folder.Write("d.h", "#include \"p.h\"\n");
        CollectedInputs inputs = await _folder.Discovery.CollectAsync(_folder.Job(["gcc", "-nostdinc", .. arguments])).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((LocalOnlyKind.Stream, $"{_folder.Root}/p.h is no regular file"), (inputs.LocalOnly?.Kind, inputs.LocalOnly?.Detail));
    }

    [Fact]
    public async Task A_macro_that_is_called_like_one_of_Boosts_and_is_another_is_in_doubt()
    {
        _folder.Write("a.c", "#define BOOST_PP_CAT(a, b) <other.h>\n#include BOOST_PP_CAT(x, y)\n");
        Assert.Contains("BOOST_PP_CAT", (await _folder.ScanAsync("gcc", "-nostdinc", "-c", "a.c")).Doubt, StringComparison.Ordinal);
        _folder.Write("inc/boost/preprocessor/cat.hpp", "#define BOOST_PP_CAT(a, b) BOOST_PP_CAT_I(a, b)\n#define BOOST_PP_CAT_I(a, b) a ## b\n");
        _folder.Write("a.c", "#include <boost/preprocessor/cat.hpp>\n#define ONE <one.h>\n#include BOOST_PP_CAT(O, NE)\n");
        _folder.Write("inc/one.h", "");
        ScanResult scan = await _folder.ScanAsync("gcc", "-nostdinc", "-Iinc", "-c", "a.c");
        Assert.Null(scan.Doubt);
        Assert.Contains("inc/one.h", scan.Files);
    }

    [Theory]
    [InlineData("%:define S(x) %:x\n%:define T(x) S(x)\n%:include T(inc/one.h)\n", "inc/one.h")]
    [InlineData("#include \"dir/self.h\"\n", "dir/dir/self.h")]
    [InlineData("#define H(x) 1'0 x\n#define N <inc/one.h>\n#include N\n", "inc/one.h")]
    public async Task Names_by_macros_are_those_that_compilers_come_to(string source, string file)
    {
        _folder.Write("inc/one.h", "");
        _folder.Write("dir/dir/self.h", "");
        _folder.Write("dir/self.h", "#ifndef S\n#define S\n#include __FILE__\n#endif\n");
        _folder.Write("a.c", source);
        CompileJob job = _folder.Job("gcc", "-nostdinc", "-I.", "-c", "a.c");
        ScanResult scan = await _folder.Scanner.ScanAsync(job);
        Assert.Null(scan.Doubt);
        Assert.Empty(_folder.Missed((await _folder.AskAsync(job))!.Value, scan.Files));
        Assert.Contains(scan.Files, found => Path.GetFullPath(Path.Combine(_folder.Root, found)) == Path.Combine(_folder.Root, file));
    }

    [Theory]
    [InlineData("-DSEPARATOR=\\")]
    [InlineData("-DSEPARATOR=\\ ")]
    [InlineData("-DSEPARATOR=/*")]
    [InlineData("-DSEPARATOR=a\nb")]
    public async Task A_macro_of_the_command_does_not_hide_the_next_one(string first)
    {
        _folder.Write("inc/one.h", "");
        _folder.Write("a.c", "#include NAME\n");
        ScanResult scan = await _folder.ScanAsync("gcc", "-nostdinc", "-Iinc", first, "-DNAME=<one.h>", "-c", "a.c");
        Assert.Null(scan.Doubt);
        Assert.Contains("inc/one.h", scan.Files);
    }

    [Theory]
    [InlineData("a.c", "#define F(x, ...) __VA_OPT__(<x>)\n#include F(inc/one.h, 1)\n")]
    [InlineData("a.S", ".incbin /* what */ \"inc/one.h\"\n")]
    public async Task What_is_not_followed_is_in_doubt(string name, string source)
    {
        _folder.Write("inc/one.h", "");
        _folder.Write(name, source);
        Assert.NotNull((await _folder.ScanAsync("gcc", "-nostdinc", "-I.", "-c", name)).Doubt);
    }

    [Fact]
    public async Task Macros_that_call_macros_are_searched_once_each_for_questions_about_files()
    {
        var source = new System.Text.StringBuilder("#define HAS(x) __has_include(x)\n");
        for (int depth = 0; depth < 8; depth++)
        {
            source.Append($"#define M{depth}(x) {string.Join(" + ", Enumerable.Range(0, 12).Select(i => $"M{depth + 1}(x{i})"))}\n");
            source.Append($"#define N{depth}(x) {string.Join(" + ", Enumerable.Range(0, 12).Select(i => $"N{depth + 1}(N{(depth + i) % 8}(x))"))}\n");
        }

        _folder.Write("a.c", source + "#if M0(1) || N0(1)\n#endif\n");
        Assert.Null((await _folder.ScanAsync("gcc", "-nostdinc", "-c", "a.c").WaitAsync(TimeSpan.FromSeconds(30))).Doubt);
        _folder.Write("a.c", source + "#define M8(x) HAS(x)\n#if M1(1)\n#endif\n");
        Assert.NotNull((await _folder.ScanAsync("gcc", "-nostdinc", "-c", "a.c").WaitAsync(TimeSpan.FromSeconds(30))).Doubt);
    }

    /// <summary>Each name alone is given up soon; twenty thousand of them would take many minutes.</summary>
    [Fact]
    public async Task Names_by_macros_have_one_budget_for_all_of_them()
    {
        var source = new System.Text.StringBuilder("#define LONG " + string.Concat(Enumerable.Repeat("x ", 4000)) + "\n");
        foreach (char name in "ABCDEFGH")
        {
            source.Append($"#define {name} 1\n#define {name} 2\n");
        }

        for (int i = 0; i < 20_000; i++)
        {
            source.Append($"#include LONG A B C D E F G H {i}\n");
        }

        _folder.Write("a.c", source.ToString());
        Assert.NotNull((await _folder.ScanAsync("gcc", "-nostdinc", "-c", "a.c").WaitAsync(TimeSpan.FromMinutes(1))).Doubt);
    }
}
