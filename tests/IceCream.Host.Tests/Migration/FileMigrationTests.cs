using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using IceCream.Host.Configuration;
using IceCream.Host.Migration;
using Xunit;

namespace IceCream.Host.Tests.Migration;

public sealed class FileMigrationTests
{
    [Theory]
    [InlineData("ICECC_NETNAME=\"team\"", "ICECREAM_NETWORK=team")]
    [InlineData("ICECC_SCHEDULER_HOST=build:8765", "ICECREAM_SCHEDULER=build:8765")]
    [InlineData("ICECREAM_MAX_JOBS=\"12\"", "ICECREAM_SLOTS=12")]
    [InlineData("ICECC_ALLOW_REMOTE=\"no\"", "ICECREAM_WORKER=no")]
    [InlineData("ICECC_NICE_LEVEL=\"5\"", "ICECREAM_NICE=5")]
    [InlineData("ICECC_NETNAME='two words'", "ICECREAM_NETWORK='two words'")]
    [InlineData("ICECC_BASEDIR=/srv/ice", "ICECREAM_STATE_DIR=/srv/ice")]
    [InlineData("ICECC_MAX_JOBS=0", "ICECREAM_WORKER=no")]
    [InlineData("ICECC_CACHE_LIMIT=64", "ICECREAM_CACHE_LIMIT=64")]
    public void What_has_an_equal_is_assigned(string line, string expected) => Assert.Equal(expected, Lines(line).Last());

    [Theory]
    [InlineData("ICECC_LOG_FILE=/var/log/iceccd.log", "has no equal: the log goes to standard error")]
    [InlineData("ICECC_BASEDIR=\"/var/cache/icecc\"", "is left out")]
    [InlineData("ICECC_NETNAME=\"\"", "says nothing")]
    [InlineData("ICECC_CACHE_LIMIT=63", "no daemon starts with less than 64")]
    [InlineData("ICECC_WHATEVER=1", "no setting of this name")]
    [InlineData("ICECC_NETNAME=$(hostname)", "which is not expanded here")]
    [InlineData("if true; then", "is no assignment")]
    public void What_has_none_is_named_with_the_reason(string line, string expected)
    {
        string only = Assert.Single(Lines(line));
        Assert.StartsWith("# ", only, StringComparison.Ordinal);
        Assert.Contains("icecc.conf:1", only, StringComparison.Ordinal);
        Assert.Contains(expected, only, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   # a comment")]
    public void What_says_nothing_is_not_repeated(string line) => Assert.Empty(Lines(line));

    [Property]
    public Property Whatever_is_read_becomes_a_file_of_ours(NonNull<string> value, bool quoted)
    {
        string text = $"ICECC_NETNAME={(quoted ? $"'{value.Get}'" : value.Get)}\nICECC_MAX_JOBS=3";
        var read = ConfigurationLines.Read("ours", string.Join('\n', Lines(text))).ToList();
        return (read.Count(line => line is { Key: "ICECREAM_SLOTS", Value: "3" }) == 1).ToProperty();
    }

    private static IEnumerable<string> Lines(string text) => FileMigration.Translate("icecc.conf", text);
}
