using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using IceCream.Host.Configuration;
using Xunit;

namespace IceCream.Host.Tests.Configuration;

public sealed class ConfigurationLinesTests
{
    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("  A=b  # why", "b")]
    [InlineData("export A=b", "b")]
    [InlineData("A=", "")]
    [InlineData("A=\"b c\"", "b c")]
    [InlineData("A='b $c'", "b $c")]
    [InlineData("A=b#c", "b#c")]
    [InlineData("A=b\\ c", "b c")]
    [InlineData("A=\"b\"'c'\r", "bc")]
    public void A_value_is_what_a_shell_would_make_of_it(string line, string value) =>
        Assert.Equal([new ConfigurationLine(2, "A", value)], ConfigurationLines.Read("file", "# first\n" + line));

    [Theory]
    [InlineData("A b")]
    [InlineData("A = b")]
    [InlineData("=b")]
    [InlineData("1A=b")]
    [InlineData("A=b c")]
    [InlineData("A=\"b")]
    [InlineData("A=$b")]
    [InlineData("A=\"`b`\"")]
    public void A_line_that_a_shell_would_take_otherwise_is_an_error_with_file_and_line(string line)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => ConfigurationLines.Read("dir/file", "\n\n" + line).ToList());
        Assert.StartsWith("dir/file:3: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("Allowed: ", e.Message, StringComparison.Ordinal);
    }

    [Property]
    public Property Any_value_in_single_quotes_comes_back(NonNull<string> text)
    {
        string value = text.Get.Replace("'", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal);
        return (ConfigurationLines.Read("file", $"KEY='{value}'").Single().Value == value).ToProperty();
    }

    [Property]
    public Property Any_text_is_read_or_refused_in_our_words(NonNull<string> text)
    {
        try
        {
            return ConfigurationLines.Read("file", text.Get).All(line => line.Key.Length > 0).ToProperty();
        }
        catch (ConfigurationException e)
        {
            return e.Message.StartsWith("file:", StringComparison.Ordinal).ToProperty();
        }
    }
}
