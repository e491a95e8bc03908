using FsCheck.Xunit;
using IceCream.CommandLine;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.CommandLine;

public sealed class ResponseFilesTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData(" \n\t ", new string[0])]
    [InlineData("-c  a.c\n-o\ta.o\r\n", new[] { "-c", "a.c", "-o", "a.o" })]
    [InlineData("'a b' \"c d\"", new[] { "a b", "c d" })]
    [InlineData("-DX='\"y\"'z", new[] { "-DX=\"y\"z" })]
    [InlineData(@"a\ b \'c\' \\", new[] { "a b", "'c'", @"\" })]
    [InlineData("\"a\\\"b\"", new[] { "a\"b" })]
    [InlineData("'' x", new[] { "", "x" })]
    [InlineData("'open ended", new[] { "open ended" })]
    public void Text_splits_by_the_compilers_quoting_rules(string text, string[] arguments)
    {
        Assert.Equal(arguments, ResponseFiles.Split(text));
    }

    [Theory]
    [InlineData(@"-DA='x\y'", false)]
    [InlineData(@"-DA=""x\y""", false)]
    [InlineData("-c\\\n a.c", false)]
    [InlineData("\"a\\\nb\"", false)]
    [InlineData("-c a.c\\", false)]
    [InlineData("-D '' -c", false)]
    [InlineData("-D \"\"", false)]
    [InlineData("-c\fa.c", false)]
    [InlineData("-c\0a.c", false)]
    [InlineData("\uFEFF-c a.c", false)]
    [InlineData(@"-DA=\""x\"" -I""a b"" 'c d' ""\""e\\\$\`"" f\ g \' \\", true)]
    [InlineData("-DA=''x \"it's\" '\"'\r\n", true)]
    [InlineData("'open ended", true)]
    [InlineData("", true)]
    public void What_versions_of_compilers_read_differently_stays_here(string text, bool isOne)
    {
        var failure = ResponseFiles.Expand(["@f"], "/", _ => text).Failure;

        Assert.Equal(isOne ? null : new LocalOnlyReason(LocalOnlyKind.ResponseFile, "@f"), failure);
        Assert.Equal(isOne, ResponseFiles.HasOneReading(text));
    }

    [Fact]
    public void Files_nest_and_are_listed_once_in_order()
    {
        var expansion = ResponseFiles.Expand(["-a", "@one", "@/abs/two"], "/w", path => path switch
        {
            "/w/one" => "-b @/abs/two",
            "/abs/two" => "-c",
            _ => null,
        });

        Assert.Null(expansion.Failure);
        Assert.Equal(["-a", "-b", "-c", "-c"], expansion.Arguments.ToArray());
        Assert.Equal(["one", "/abs/two"], expansion.Files.ToArray());
    }

    [Theory]
    [InlineData(ResponseFiles.MaximumDepth, true)]
    [InlineData(ResponseFiles.MaximumDepth + 1, false)]
    public void Nesting_has_a_limit(int depth, bool works)
    {
        var expansion = ResponseFiles.Expand(["@1"], "/", path => int.Parse(path[1..], null) is var level && level < depth ? $"@{level + 1}" : "-c");

        Assert.Equal(works, expansion.Failure is null);
    }

    [Theory]
    [InlineData("@self")]
    [InlineData("@self @self @self @self")]
    public void A_file_that_names_itself_ends(string text)
    {
        Assert.Equal(new LocalOnlyReason(LocalOnlyKind.ResponseFile, "@self"), ResponseFiles.Expand(["@self"], "/", _ => text).Failure);
    }

    [Fact]
    public void A_wide_tree_of_files_ends()
    {
        var reads = 0;
        var expansion = ResponseFiles.Expand(["@0"], "/", path =>
        {
            reads++;
            var level = int.Parse(path[1..], null);
            return level == 12 ? "-c" : $"@{level + 1} @{level + 1} @{level + 1} @{level + 1}";
        });

        Assert.Equal(LocalOnlyKind.ResponseFile, expansion.Failure?.Kind);
        Assert.Equal(2000, reads);
    }

    [Property]
    public bool No_response_file_is_left_after_expansion(string?[] words, string? text)
    {
        var expansion = ResponseFiles.Expand(["@f", .. words.Select(word => word ?? "")], "/", path => path == "/f" ? text ?? "" : "-x");
        return expansion.Failure is not null || !expansion.Arguments.Any(argument => argument.StartsWith('@'));
    }
}
