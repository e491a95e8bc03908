using System.Text;
using IceCream.Preprocessing;
using Xunit;

namespace IceCream.Tests.Preprocessing;

/// <summary>A pragma that compares the times of files is found however it is spelt; words that only sound like it keep nothing at home.</summary>
public sealed class TimePragmasTests
{
    [Theory]
    [InlineData("_Pragma(\"GCC dependency \\\"g.y\\\"\")")]
    [InlineData("_Pragma(\"GCC  dependency \\\"g.y\\\"\")")]
    [InlineData("_Pragma(\"GCC\tdependency \\\"g.y\\\"\")")]
    [InlineData("_Pragma(R\"(GCC dependency \"g.y\")\")")]
    [InlineData("#define P(x) _Pragma(#x)\nP(GCC\ndependency \"g.y\")")]
    [InlineData("#define P(x) _Pragma(#x)\n#define Q(x) P(x)\n#define K dependency\nQ(GCC K \"g.y\")")]
    [InlineData("#define P(x) _Pragma(#x)\n#define Q(x) P(x)\n#define E\nQ(GCC E dependency \"g.y\")")]
    [InlineData("#define P(x) _Pragma(#x)\n#define Q(x) P(x)\n#define J(a, b) a##b\nQ(GCC J(depen,dency) \"g.y\")")]
    [InlineData("#define P(x) _Pragma(#x)\n#define Q(x) P(x)\n#define J(a, b) a##b\nQ(GCC J(dependen,cy) \"g.y\")")]
    [InlineData("#define P(x) _Pragma(#x)\n#define Q(x) P(x)\n#define J(a, b) a##b\nQ(GCC J(dependenc,y) \"g.y\")")]
    [InlineData("#define P(x) _Pragma(#x)\n#define Q(x, f) P(GCC x f)\nQ(dependency, \"g.y\")")]
    [InlineData("#define P _Pragma\n#define T \"GCC dependency \\\"g.y\\\"\"\nP(T)")]
    [InlineData("__pragma(GCC dependency \"g.y\")")]
    public void One_that_is_made_is_found(string text) => Assert.Equal(TimePragma.Whole, Read(text).TimePragma);

    [Theory]
    [InlineData("#pragma GCC dependency \"g.y\"")]
    [InlineData("# pragma  GCC  dependency  \"g.y\"")]
    [InlineData("#pragma clang dependency \"g.y\"")]
    [InlineData("#pragma GCC depend\\\nency \"g.y\"")]
    [InlineData("%:pragma GCC dependency <g.y>")]
    public void A_directive_is_found(string text) => Assert.NotNull(Read(text).Doubt);

    [Theory]
    [InlineData("/* GCC dependency \"x\" */ _Pragma(\"once\")", 0)]
    [InlineData("#define DO(x) _Pragma(#x)\nint dependency = 1; // dependency \"x\"", 1)]
    [InlineData("_Pragma(\"GCC diagnostic push\")\nvoid f(frequency x);", 0)]
    [InlineData("#define DEPENDENCY dependency\n", 2)]
    [InlineData("#define DO(x) _Pragma(#x)\nvoid f(int dependency, int other); // independent, dependenc\n", 1)]
    public void What_sounds_like_it_is_not_taken_for_it(string text, int expected) => Assert.Equal((TimePragma)expected, Read(text).TimePragma);

    /// <summary>What is judged where it stands is judged as in the text without its comments.</summary>
    [Fact]
    public void A_mention_is_judged_as_without_comments()
    {
        string[] before = ["", "a", "_", "1", "\u00e9", "$", " ", "/* x */", "// x ", "\"", "_Pragma(x) ", "latency of ", "x\n"];
        string[] words = ["dependency", "dependenc", "ncy", "ency", "dency", "pendency", "dependeency", "eddency", "latency", "concurrency", "tendency", "dependencies", "dependen"];
        string[] after =
            ["", "s", "_", "1", "\u00e9", "$", " ", ".", ", ", " x", " 1", "\t\"g.y\"", "<g.y>", "\\\"g.y", "\\n", ")", " ) x", ") 1", "/* x */ \"g.y\"", " // x", "\n1", "\r\n1", "\r1", ";\nx", " of\nncy"];
        foreach (string text in before.SelectMany(start => words.SelectMany(word => after.Select(end => start + word + end))))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            Assert.Equal((text, TimePragmas.In(SourceText.WithoutComments(Encoding.Latin1.GetString(bytes))!)), (text, TimePragmas.In(bytes)));
        }
    }

    private static SourceDirectives Read(string text) => DirectiveReader.Read(Encoding.UTF8.GetBytes(text));
}
