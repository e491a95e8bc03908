using IceCream.Caching;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>What runs here because no farm is there is known the next time, and never when anything has changed by which the compiler would make something else.</summary>
public sealed class LocalCacheTests(SharedAgent shared) : IClassFixture<SharedAgent>
{
    private const string Header = "#include \"h.h\"\nint v = V;\n";

    /// <summary>A name, the files, a command, what changes, the command then (the same where empty), a variable before and after.</summary>
    public static TheoryData<string, string[], string, string, string, string> Cases => new()
    {
        { "a header", ["a.c", Header, "inc/h.h", "#define V 1\n"], "gcc -Iinc -c a.c", "echo '#define V 2' > inc/h.h", "", "" },
        { "a header of the same size and time", ["a.c", Header, "inc/h.h", "#define V 1\n"], "gcc -Iinc -c a.c", "touch -r inc/h.h t; echo '#define V 2' > inc/h.h; touch -r t inc/h.h", "", "" },
        { "a header earlier in the path", ["a.c", Header, "one/x", "", "two/h.h", "#define V 1\n"], "gcc -Ione -Itwo -c a.c", "echo '#define V 2' > one/h.h", "", "" },
        { "a folder in the path that comes", ["a.c", Header, "two/h.h", "#define V 1\n"], "gcc -Ione -Itwo -c a.c", "mkdir one; echo '#define V 2' > one/h.h", "", "" },
        { "a header of the future", ["a.c", Header, "inc/h.h", "#define V 1\n"], "gcc -Iinc -c a.c", "touch -d '1 day' inc/h.h; echo '#define V 3' > inc/h.h", "", "" },
        { "a forced header", ["a.c", "int v = V;\n", "f.h", "#define V 1\n"], "gcc -include f.h -c a.c", "echo '#define V 2' > f.h", "", "" },
        { "a probe", ["a.c", "#if __has_include(\"o.h\")\nint v = 1;\n#else\nint v = 2;\n#endif\n"], "gcc -c a.c", "touch o.h", "", "" },
        { "data of an assembler", ["a.c", "__asm__(\".section .rodata\\n.incbin \\\"d\\\"\\n.text\\n\"); int x;\n", "d", "one"], "gcc -c a.c", "printf two > d", "", "" },
        { "a response file", ["a.c", "int v = V;\n", "r", "-DV=1\n"], "gcc @r -c a.c", "echo -DV=2 > r", "", "" },
        { "a link that leads elsewhere", ["a.c", Header, "one/h.h", "#define V 1\n", "two/h.h", "#define V 2\n"], "gcc -Iinc -c a.c", "ln -sfn two inc", "", "" },
        { "folders that are renamed", ["a.c", Header, "inc/h.h", "#define V 1\n", "other/h.h", "#define V 2\n"], "gcc -Iinc -c a.c", "mv inc old; mv other inc", "", "" },
        { "a relative path, then an absolute one", ["a.c", "const char *f = __FILE__;\n"], "gcc -c a.c", "true", "gcc -c PLACE/a.c -o a.o", "" },
        { "the order of macros", ["a.c", "int v = V;\n"], "gcc -UV -DV=1 -c a.c", "true", "gcc -DV=1 -UV -DV=2 -c a.c", "" },
        { "a dependency file of another name", ["a.c", "int v;\n"], "gcc -MD -MF one.d -c a.c", "true", "gcc -MD -MF two.d -c a.c", "" },
        { "a dependency target of another name", ["a.c", "int v;\n"], "gcc -MD -MT one -c a.c", "true", "gcc -MD -MT two -c a.c", "" },
        { "a prefix map", ["a.c", "int v;\n"], "gcc -g -fdebug-prefix-map=PLACE=/one -c a.c", "true", "gcc -g -fdebug-prefix-map=PLACE=/two -c a.c", "" },
        { "split debug information", ["a.c", Header, "inc/h.h", "#define V 1\n"], "gcc -g -gsplit-dwarf -Iinc -c a.c -o sub.o", "echo '#define V 2' > inc/h.h", "", "" },
        { "coverage", ["a.c", "int f(int x) { return x ? 1 : 2; }\n"], "gcc --coverage -frandom-seed=1 -c a.c", "echo 'int f(int x) { return x; }' > a.c", "", "" },
        { "stack usage", ["a.c", "int f(int x) { return x ? 1 : 2; }\n"], "gcc -fstack-usage -c a.c", "echo 'int f(int x) { char b[99]; return b[x]; }' > a.c", "", "" },
        { "colours in warnings", ["a.c", "int f(void) { }\n"], "gcc -Wall -fdiagnostics-color=always -c a.c", "true", "gcc -Wall -fdiagnostics-color=never -c a.c", "" },
        { "an output by a way about", ["a.c", "int v;\n", "sub/x", ""], "gcc -c a.c -o sub/../b.o", "echo 'int w;' > a.c", "", "" },
        { "a search path in a variable", ["a.c", Header, "one/h.h", "#define V 1\n", "two/h.h", "#define V 2\n"], "gcc -c a.c", "true", "", "CPATH=one CPATH=two" },
        { "a language of messages", ["a.c", "int f(void) { }\n"], "gcc -Wall -c a.c", "true", "", "LC_ALL=C LC_ALL=C.UTF-8" },
        { "a precompiled header", ["a.c", Header, "h.h", "#define V 1\n"], "gcc -c a.c", "echo '#define V 2' > h.h; gcc -x c-header h.h", "", "" },
        { "C++ that includes much", ["a.cc", "#include <map>\n#include <string>\nstd::map<std::string, int> m;\n" + Header, "inc/h.h", "#define V 1\n"], "g++ -O1 -MD -Iinc -c a.cc", "echo '#define V 2' > inc/h.h", "", "" },
        { "Clang", ["a.c", Header, "inc/h.h", "#define V 1\n"], "clang -g -MMD -Iinc -c a.c", "echo '#define V 2' > inc/h.h", "", "" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_has_changed_is_compiled_and_what_has_not_is_known(string name, string[] files, string command, string change, string then, string variables)
    {
        LoneAgent agent = shared.Agent;
        agent.Begin();
        foreach (string[] file in files.Chunk(2))
        {
            agent.Write(file[0], file[1]);
        }

        if (name.StartsWith("a link", StringComparison.Ordinal))
        {
            agent.Change("ln -s one inc");
        }

        long impossible = Impossible(agent);
        command = command.Replace("PLACE", agent.Folder, StringComparison.Ordinal);
        then = then.Length == 0 ? command : then.Replace("PLACE", agent.Folder, StringComparison.Ordinal);
        string[] before = [.. variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(1)], after = [.. variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)];
        string expected = agent.CompilePlainly(command, environment: before);
        Assert.Equal((JobPlace.Local, expected), await agent.CompileAsync(command, environment: before));
        Assert.Equal((JobPlace.Cached, expected), await agent.CompileAsync(command, environment: before));

        agent.Change(change);
        expected = agent.CompilePlainly(then, environment: after);
        (JobPlace place, string traces) = await agent.CompileAsync(then, environment: after);
        Assert.Equal(expected, traces);
        Assert.Equal(JobPlace.Local, place);
        Assert.Equal(impossible, Impossible(agent));
    }

    [Fact]
    public async Task A_mask_is_part_of_what_is_known()
    {
        LoneAgent agent = shared.Agent;
        agent.Begin();
        agent.Write("a.c", "int v;\n");
        foreach (int umask in (int[])[0b010_010, 0b111_111])
        {
            string expected = agent.CompilePlainly("gcc -c a.c", umask);
            Assert.Equal((JobPlace.Local, expected), await agent.CompileAsync("gcc -c a.c", umask));
            Assert.Equal((JobPlace.Cached, expected), await agent.CompileAsync("gcc -c a.c", umask));
        }
    }

    [Theory]
    [InlineData("const char *d = __DATE__ __TIME__;\n")]
    [InlineData("#error no\n")]
    [InlineData("int f( {\n")]
    public async Task What_reads_the_clock_or_fails_is_not_known(string source)
    {
        LoneAgent agent = shared.Agent;
        agent.Begin();
        agent.Write("a.c", source);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(JobPlace.Local, (await agent.CompileAsync("gcc -c a.c")).Place);
        }

        Assert.Equal(agent.CompilePlainly("gcc -c a.c").Split('\n')[0], (await agent.CompileAsync("gcc -c a.c")).Traces.Split('\n')[0]);
    }

    [Fact]
    public async Task Who_does_not_want_it_has_nothing_kept()
    {
        await using var agent = new LoneAgent(new CacheOptions { KeepsLocal = false });
        await agent.StartAsync();
        agent.Write("a.c", "int v;\n");
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(JobPlace.Local, (await agent.CompileAsync("gcc -c a.c")).Place);
        }
    }

    /// <summary>How many jobs found no sandbox here.</summary>
    private static long Impossible(LoneAgent agent) =>
        agent.Describe().Cache.Where(static count => count.Name.Contains("cannot be compiled", StringComparison.Ordinal)).Sum(static count => count.Count);
}
