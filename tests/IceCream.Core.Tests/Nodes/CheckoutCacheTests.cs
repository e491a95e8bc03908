using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>What is known in one checkout is known in another only where the compiler writes the same there; and whatever is known, it is what the compiler writes.</summary>
public sealed class CheckoutCacheTests(SharedAgent shared) : IClassFixture<SharedAgent>
{
    [Theory]
    [InlineData(true, "#include \"h.h\"\nint v = V;\n", "g++ -O1 -MD -IROOT/inc -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(true, "#include \"h.h\"\nint v = V;\n", "clang++ -MMD -MP -IROOT/inc -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(true, "#include \"h.h\"\nint v = V;\n", "g++ -Iinc -c a.cc")]
    [InlineData(true, "#include <cassert>\nvoid f(int x) { assert(x); }\n", "g++ -DNDEBUG -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(true, "const char *f = __FILE__;\n", "g++ -c a.cc")]
    [InlineData(true, "const char *f = __FILE__;\n", "g++ -ffile-prefix-map=ROOT=there -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(false, "#include <cassert>\nvoid f(int x) { assert(x); }\n", "g++ -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(false, "extern const int length; const int length = sizeof(__FILE__);\n", "g++ -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(false, "constexpr int sum(const char *t) { return *t ? *t * 31 + sum(t + 1) : 0; }\nextern const int hash; const int hash = sum(__builtin_FILE());\n", "g++ -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(false, "#define TEXT(x) #x\n#define SAY(x) TEXT(x)\nextern const int length; const int length = sizeof(SAY(PLACE));\n", "g++ -DPLACE=ROOT -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(false, "int v;\n", "g++ -g -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(false, "int v;\n", "g++ --coverage -frandom-seed=1 -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(false, "int f() { }\n", "g++ -Wall -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(false, "#include \"../one/inc/h.h\"\nint v = V;\n", "g++ -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(false, "#if __has_include(\"../one/inc/h.h\")\nint v;\n#endif\n", "g++ -c ROOT/a.cc -o ROOT/a.o")]
    [InlineData(false, "#include \"h.h\"\nint v = V;\n", "g++ -I../one/inc -c ROOT/a.cc -o ROOT/a.o")]
    public async Task What_one_checkout_compiled_another_has_where_it_is_the_same(bool isShared, string source, string command)
    {
        LoneAgent agent = shared.Agent;
        agent.Begin();
        var places = new List<JobPlace>();
        foreach (string name in (string[])["one", "the-second-one", "one"])
        {
            agent.CheckOut(name);
            agent.Write("a.cc", source);
            agent.Write("inc/h.h", "#pragma once\n#define V 1\n");
            string here = command.Replace("ROOT", agent.Folder, StringComparison.Ordinal), expected = agent.CompilePlainly(here);
            (JobPlace place, string traces) = await agent.CompileAsync(here);
            Assert.Equal(expected, traces);
            places.Add(place);
        }

        Assert.Equal([JobPlace.Local, isShared ? JobPlace.Cached : JobPlace.Local, JobPlace.Cached], places);
    }

    /// <summary>A link that leads out of one checkout by steps leads to the same file from another one, which may have changed since.</summary>
    [Fact]
    public async Task A_link_into_another_checkout_is_no_part_of_this_one()
    {
        LoneAgent agent = shared.Agent;
        agent.Begin();
        foreach (string name in (string[])["one", "two"])
        {
            agent.CheckOut(name);
            agent.Write("inc/h.h", "#define V 1\n");
            agent.Write("a.cc", "#include \"h.h\"\nint v = V;\n");
            agent.Change("ln -s ../one/inc link");
        }

        agent.CheckOut("one");
        Assert.Equal(JobPlace.Local, (await agent.CompileAsync("g++ -Ilink -c a.cc")).Place);
        agent.Write("inc/h.h", "#define V 2\n");
        agent.CheckOut("two");
        Assert.Equal((JobPlace.Local, agent.CompilePlainly("g++ -Ilink -c a.cc")), await agent.CompileAsync("g++ -Ilink -c a.cc"));
    }

    /// <summary>Whatever names the first checkout means its files from the second one too, and they may have changed since.</summary>
    [Theory]
    [InlineData("#include \"PLACE/one/inc/h.h\"\nint v = V;\n", "")]
    [InlineData("#define S(x) T(x)\n#define T(x) #x\n#define P PLACE\n#include S(P/one/inc/h.h)\nint v = V;\n", "")]
    [InlineData("#define S(x) T(x)\n#define T(x) #x\n#define O one\n#include S(../O/inc/h.h)\nint v = V;\n", "")]
    [InlineData("#if __has_include(\"PLACE/one/inc/gone.h\")\nint v = 1;\n#endif\n", "")]
    [InlineData("#define S(x) T(x)\n#define T(x) #x\n#define O one\n#if __has_include(S(../O/inc/gone.h))\nint v = 1;\n#endif\n", "")]
    [InlineData("__asm__(\".include \\\"inc/a.s\\\"\");\n", "echo '.incbin \"PLACE/one/inc/h.h\"' >inc/a.s")]
    [InlineData("#include \"PLACE/../outside/o.h\"\nint v = V;\n", "mkdir -p PLACE/../outside; echo '#include \"../checkouts/one/inc/h.h\"' >PLACE/../outside/o.h")]
    [InlineData("#include \"PLACE/../outside/o.h\"\nint v = V;\n", "mkdir -p PLACE/../outside; echo '#include \"l/one/inc/h.h\"' >PLACE/../outside/o.h; ln -sfn ../checkouts PLACE/../outside/l")]
    public async Task What_names_a_checkout_is_compiled_in_each(string source, string script)
    {
        LoneAgent agent = shared.Agent;
        agent.Begin();
        foreach (string name in (string[])["one", "two"])
        {
            agent.CheckOut(name);
            string place = Path.GetDirectoryName(agent.Folder)!;
            agent.Write("inc/h.h", "#define V 1\n");
            agent.Write("inc/gone.h", "");
            agent.Write("a.cc", source.Replace("PLACE", place, StringComparison.Ordinal));
            agent.Change(script.Length == 0 ? ":" : script.Replace("PLACE", place, StringComparison.Ordinal));
        }

        agent.CheckOut("one");
        await agent.CompileAsync("g++ -c a.cc");
        agent.Write("inc/h.h", "#define V 2\n");
        agent.Change("rm inc/gone.h");
        agent.CheckOut("two");
        string expected = agent.CompilePlainly("g++ -c a.cc");
        Assert.Equal(expected, (await agent.CompileAsync("g++ -c a.cc")).Traces);
    }

    [Fact]
    public async Task A_header_that_differs_is_compiled()
    {
        LoneAgent agent = shared.Agent;
        agent.Begin();
        foreach (string value in (string[])["1", "2"])
        {
            agent.CheckOut("checkout" + value);
            agent.Write("inc/h.h", $"#define V {value}\n");
            agent.Write("a.cc", "#include \"h.h\"\nint v = V;\n");
            Assert.Equal((JobPlace.Local, agent.CompilePlainly("g++ -Iinc -c a.cc")), await agent.CompileAsync("g++ -Iinc -c a.cc"));
        }
    }
}
