using System.Text;
using IceCream.Preprocessing;
using Xunit;

namespace IceCream.Tests.Preprocessing;

public sealed class DirectiveReaderTests
{
    [Theory]
    [InlineData("#include <a.h>", "Include Angled a.h")]
    [InlineData("#include \"a.h\"", "Include Quoted a.h")]
    [InlineData("  # \t include\"a b.h\"junk", "Include Quoted a b.h")]
    [InlineData("\uFEFF#include <a.h>", "Include Angled a.h")]
    [InlineData("int x;\r\n#include <a.h>\r\n", "Include Angled a.h")]
    [InlineData("#inclu\\\nde <a\\ \t\n.h>", "Include Angled a.h")]
    [InlineData("#\\\r\ninclude <a.h>", "Include Angled a.h")]
    [InlineData("/* x\n y */ # /* z */ include /* \n */ <a.h>", "Include Angled a.h")]
    [InlineData("%:include <a.h>\n#%:include <no.h>", "Include Angled a.h")]
    [InlineData("#include_next <a.h>", "IncludeNext Angled a.h")]
    [InlineData("#import \"a.h\"", "Include Quoted a.h")]
    [InlineData("#include MACRO(x, \"//\") // why", "Include Computed MACRO(x, \"//\")")]
    [InlineData("#embed \"a.bin\" limit(4)", "Data Quoted a.bin")]
    [InlineData("#if __has_include(<a.h>) && __has_include ( \"b.h\" )", "Probe Angled a.h|Probe Quoted b.h")]
    [InlineData("#elif defined(X) || __has_include_next(F(x)) // no", "Probe Computed F(x)")]
    [InlineData("#define HAS __has_include(<a.h>)", "Probe Angled a.h")]
    [InlineData("#if HAS(<a.h>)", "Probe Angled a.h")]
    [InlineData("asm(\".incbin \\\"a.bin\\\"\");", "Data Quoted a.bin")]
    [InlineData(".include \"a.inc\"\n", "Assembler Quoted a.inc")]
    [InlineData("/* asm(\".include <no.h>\"), but let us not go there. */", "")]
    [InlineData("#define A #include <no.h>\nx # include <no.h>\n// \\\n#include <no.h>\n", "")]
    [InlineData("auto s = R\"(\\\n#include <no.h>\n)\";\n#include <a.h>", "Include Angled a.h")]
    [InlineData("char c = '\"';\n#include <a.h>", "Include Angled a.h")]
    [InlineData("#ifdef __has_include\n#if defined(__has_include)\n#endif", "")]
    [InlineData("#define __has_include(x) 0", "")]
    [InlineData("#define S R\"(\" /* )\" 1\n#include <a.h>", "Include Angled a.h")]
    [InlineData("#define S u8R\"x(\" // )\" )x\" __has_include(<a.h>)", "Probe Angled a.h")]
    [InlineData("#define S R\"(\" /* \n#include <a.h>\n)\"", "Include Angled a.h")]
    [InlineData("auto s = R\"(\n#define GLOB /*\n)\";\n#include <a.h>\n/* */", "Include Angled a.h")]
    [InlineData("#include /* x\n y */ <a.h> /* z\n */ \n#include <b.h>", "Include Angled a.h|Include Angled b.h")]
    [InlineData("#if 1'000'000 > 2 && __has_include(<a.h>) // it's", "Probe Angled a.h")]
    [InlineData("#include", "")]
    [InlineData("#include <a.h", "Include Computed <a.h")]
    public void The_files_a_source_names_are_found(string source, string expected) =>
        Assert.Equal(expected, string.Join('|', Read(source).Includes.Select(static include => $"{include.Kind} {include.Form} {include.Text}")));

    [Theory]
    [InlineData("#pragma GCC  pch_preprocess \"x.gch\"")]
    [InlineData("#pragma GCC dependency \"x.y\"")]
    [InlineData("#pragma clang module import x")]
    [InlineData("char *t = __TIMESTAMP__;")]
    [InlineData("asm(\".incbin \\\"\" NAME \"\\\"\");")]
    [InlineData(".macro m file\n.incbin \"\\file\"\n.endm")]
    public void What_cannot_be_followed_is_said(string source) => Assert.NotNull(Read(source).Doubt);

    [Fact]
    public void A_name_that_no_path_can_hold_is_said() =>
        Assert.NotNull(DirectiveReader.Read([.. "#include <"u8, 0xE9, .. ".h>"u8]).Doubt);

    [Fact]
    public void Trigraphs_and_modules_are_noticed()
    {
        Assert.True(Read("??=include <a.h>").HasTrigraphs);
        Assert.True(Read("int a; ??/\n").HasTrigraphs);
        Assert.True(Read("import <a.h>;").HasModules);
        Assert.True(Read("int x;\n  export module a.b;\n").HasModules);
        Assert.False(Read("void import(int module);\n").HasModules);
    }

    [Fact]
    public void Definitions_are_kept_without_comments_and_found_by_name()
    {
        MacroDefinitions definitions = Read("#define A /* x */ 1 + \\\n 2 // y\n#define A() \"/*\"\n#define AB 3\n# define A\n#define S 1'0 /* z\n */ 4\n").Definitions;

        Assert.Equal(["A", "A 1 + 2", "A() \"/*\""], Find("A").Order(StringComparer.Ordinal));
        Assert.Equal(["S 1'0 4"], Find("S"));
        Assert.Empty(Find("B"));

        HashSet<string> Find(string name)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(name);
            var found = new HashSet<string>(StringComparer.Ordinal);
            definitions.Find(bytes, MacroDefinitions.Hash(bytes), found);
            return found;
        }
    }

    [Fact]
    public void Bytes_of_any_kind_are_read_to_the_end()
    {
        var random = new Random(7);
        byte[] alphabet = [.. "#%:\\\n\r\"'<>/*(), includedefinehas_R.\0\uFFFD"u8];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] source = new byte[random.Next(60)];
            for (int j = 0; j < source.Length; j++)
            {
                source[j] = alphabet[random.Next(alphabet.Length)];
            }

            Assert.NotNull(DirectiveReader.Read([.. "#define X "u8, .. source, .. "\n#if "u8, .. source]));
        }
    }

    private static SourceDirectives Read(string source) => DirectiveReader.Read(Encoding.UTF8.GetBytes(source));
}
