using System.Text;
using FsCheck.Xunit;
using IceCream.Preprocessing;
using Xunit;

namespace IceCream.Tests.Preprocessing;

public sealed class MakeRuleTests
{
    [Fact]
    public void Spliced_lines_and_escapes_give_the_names_of_the_files() =>
        Assert.Equal((string[])["a b.h", "c#.h", "d$.h", "C:\\e.h"], MakeRule.Prerequisites("o\\ ut.o: a\\ b.h \\\n c\\#.h d$$.h C\\:\\e.h\nphony.h:\n")!.Value.ToArray());

    [Fact]
    public void A_text_without_a_target_is_no_rule() => Assert.Null(MakeRule.Prerequisites("hello world\n"));

    [Property]
    public void Names_written_as_gcc_writes_them_are_read_back(byte[][] raw)
    {
        const string Alphabet = "ab \\#$:./";
        string[] names = [.. raw.Where(static bytes => bytes.Length != 0)
            .Select(static bytes => string.Concat(bytes.Select(b => Alphabet[b % Alphabet.Length])) + "h")];
        Assert.Equal(names, MakeRule.Prerequisites("a.o: " + string.Join(" \\\n ", names.Select(Escape)) + "\n")!.Value.ToArray());
    }

    private static string Escape(string name)
    {
        var text = new StringBuilder();
        int slashes = 0;
        foreach (char c in name)
        {
            switch (c)
            {
                case ' ':
                    text.Append('\\', slashes + 1);
                    break;
                case '#' or ':':
                    text.Append('\\');
                    break;
                case '$':
                    text.Append('$');
                    break;
                default:
                    break;
            }

            slashes = c == '\\' ? slashes + 1 : 0;
            text.Append(c);
        }

        return text.ToString();
    }
}
