using System.Collections.Immutable;
using System.Text;
using IceCream.Preprocessing;
using Xunit;

namespace IceCream.Tests.Inputs;

/// <summary>
/// Texts made to keep a reader busy. Twice the text may cost twice the work, and no more: work is counted where a reader counts it, and where none does,
/// the texts are so long that what is quadratic would take an hour.
/// </summary>
public sealed class HostileSources
{
    private const int Long = 3_000_000;

    [Theory]
    [InlineData("import ")]
    [InlineData("export ")]
    [InlineData("export import")]
    [InlineData("module\t")]
    [InlineData("# ")]
    [InlineData("#/**/")]
    [InlineData("%:")]
    [InlineData("#include <")]
    [InlineData("#include \"")]
    [InlineData("#if (<")]
    [InlineData("#if __has_include(")]
    [InlineData("#define X __has_include(")]
    [InlineData("#define X __has_embed(\"")]
    [InlineData("#define R\"(")]
    [InlineData(".incbin ")]
    [InlineData(".incbin \\\"")]
    [InlineData("\\ ")]
    [InlineData("/*")]
    [InlineData("\"\\")]
    [InlineData("#define X /*\n")]
    [InlineData("#/*\n")]
    [InlineData("#if /*\n")]
    [InlineData("#pragma R\"(\n")]
    [InlineData("//")]
    [InlineData("\"\\\"")]
    [InlineData("'\"")]
    [InlineData("'\\'")]
    [InlineData("#if __has_include ( ")]
    [InlineData("#if __has_embed ")]
    [InlineData("_Pragma dependency R\"x(")]
    [InlineData("_Pragma dependency R\"((")]
    [InlineData("_Pragma dependency '")]
    [InlineData("# embed_ ")]
    public void Directives_of_a_line_without_an_end_are_read_to_the_end(string piece)
    {
        foreach (string source in Arrangements(piece))
        {
            Assert.NotNull(DirectiveReader.Read(Encoding.UTF8.GetBytes(source)));
        }
    }

    /// <summary>Each line of so many raw strings has one end, and each of them its own.</summary>
    [Theory]
    [InlineData("R\"\"")]
    [InlineData("R\"()\"")]
    [InlineData("R\"x()x\"")]
    public void A_line_of_raw_strings_is_read_once(string one)
    {
        SourceDirectives read = DirectiveReader.Read(Encoding.UTF8.GetBytes("#define X " + new StringBuilder().Insert(0, one, 5 * Long / one.Length) + "\n#include <a.h>\n"));
        Assert.Equal(["a.h"], read.Includes.Select(static include => include.Text));
    }

    [Fact]
    public void Blanks_behind_a_word_are_read_once() => Assert.Equal(TimePragma.None, TimePragmas.In("dependency" + new string(' ', Long) + "1"));

    [Theory]
    [InlineData("\\\\")]
    [InlineData("\\ ")]
    [InlineData("x: ")]
    [InlineData("$$")]
    public void A_make_rule_is_read_once(string piece) => Assert.All(Arrangements(piece), static text => MakeRule.Prerequisites("x: a.c " + text));

    [Theory]
    [InlineData("#define A(x) B(x ## x)|#define B(x) C(x ## x)|#define C(x) A(x ## x)", 60)]
    [InlineData("#define S(x) #x|#define T(x) S(x)", 1000)]
    [InlineData("#define F(x) F(x) F(x)|#define G(x) F(x) G(x) x", 1000)]
    [InlineData("#define F(x) G G G G (x|#define G(x) F F F F (x", 1000)]
    [InlineData("#define F(x, y) x y x y|#define G F(F(F(F(1, 2), F(3, 4)), 5), 6)", 500)]
    [InlineData("#define BOOST_PP_TUPLE_ELEM(i, t) t|#define P (Q, Q, Q)|#define Q R R R R R R R R|#define R T T T T T T T T|#define T U U U U U U U U|#define U V V V V V V V V", 50)]
    public void Expansion_ends_within_its_means(string definitions, int deep)
    {
        ImmutableArray<MacroDefinition> Of(string name) => [.. definitions.Split('|')
            .Select(static line => line["#define ".Length..]).Where(line => line.StartsWith(name, StringComparison.Ordinal) && !char.IsLetterOrDigit(line[name.Length]) && line[name.Length] != '_')
            .Select(static line => MacroDefinition.Parse(line)!)];
        string[] names = [.. definitions.Split('|').Select(static line => line["#define ".Length..].Split('(', ' ')[0])];
        foreach (string name in names)
        {
            foreach (string open in (string[])[$"{name}(", $"{name} ", $"{name}(1, ({name}, "])
            {
                string nested = string.Concat(Enumerable.Repeat(open, deep));
                foreach (string expression in (string[])[nested + "1" + new string(')', 2 * deep), nested])
                {
                    var expander = new MacroExpander(Of);
                    (HashSet<string> texts, string? doubt) = expander.Expand(expression);
                    Assert.True(doubt is not null || texts.Count > 0);
                    Assert.InRange(expander.Effort, 0, 20_000_000);
                    Assert.All(texts, static text => Assert.InRange(text.Length, 0, 20_000_000));
                }
            }
        }
    }

    /// <summary>A name of a file is short: thousands of ways of a long text each would fill the memory.</summary>
    [Fact]
    public void What_an_expression_becomes_has_a_bound_in_all_its_ways_together()
    {
        (HashSet<string> texts, string? doubt) = Expand($"L \"{new string('x', 8000)}\"", "A B C D E G H I " + string.Concat(Enumerable.Repeat("L ", 10_000)));
        Assert.NotNull(doubt);
        Assert.InRange(doubt.Length, 0, 1000);
        Assert.InRange(texts.Sum(static text => (long)text.Length), 0, 20_000_000);
    }

    /// <summary>A body is not gone through for each mention of its macro.</summary>
    [Fact]
    public async Task A_name_of_a_call_that_is_none_costs_the_same_whatever_its_body() => Assert.NotNull((await Task.Run(static () =>
        Expand("F(x) " + string.Concat(Enumerable.Repeat("y ", 4000)), "A B C D E G H I " + string.Concat(Enumerable.Repeat("F ", 15_000)))).WaitAsync(TimeSpan.FromMinutes(1))).Doubt);

    /// <summary>With eight further macros that are defined in two ways each.</summary>
    private static (HashSet<string> Texts, string? Doubt) Expand(string definition, string expression)
    {
        var macros = new Dictionary<string, ImmutableArray<MacroDefinition>>(StringComparer.Ordinal);
        foreach (string name in (string[])["A", "B", "C", "D", "E", "G", "H", "I"])
        {
            macros[name] = [MacroDefinition.Parse(name + " 1")!, MacroDefinition.Parse(name + " 2")!];
        }

        macros[definition[..1]] = [MacroDefinition.Parse(definition)!];
        return new MacroExpander(name => macros.GetValueOrDefault(name, [])).Expand(expression);
    }

    private static IEnumerable<string> Arrangements(string piece)
    {
        string one = new StringBuilder().Insert(0, piece, Long / piece.Length).ToString();
        yield return one;
        yield return piece + one.Replace(piece, piece.TrimStart('#'), StringComparison.Ordinal);
        yield return new StringBuilder().Insert(0, piece + " ", Long / (piece.Length + 1)).Append(';').ToString();
    }
}
