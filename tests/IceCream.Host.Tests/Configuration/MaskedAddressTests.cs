using IceCream.Host.Configuration;
using Xunit;

namespace IceCream.Host.Tests.Configuration;

public sealed class MaskedAddressTests
{
    [Theory]
    [InlineData("redis://cache:6379/2", "redis://cache:6379/2")]
    [InlineData("http://cache/path|read-only", "http://cache/path|read-only")]
    [InlineData("(none)", "(none)")]
    [InlineData("redis://:secret@cache/2|read-only", "redis://:***@cache/2|read-only")]
    [InlineData("rediss://farm:se:cr@et/secret@cache", "rediss://farm:***@cache")]
    [InlineData("redis://secret@cache", "redis://***@cache")]
    [InlineData("https://farm:secret@cache:8080/path", "https://farm:***@cache:8080/path")]
    [InlineData("redis:one:6379,two:6379,password=secret=,ssl=true|read-only", "redis:one:6379,two:6379,password=***,ssl=true|read-only")]
    [InlineData("redis:one, PassWord = secret", "redis:one, PassWord =***")]
    [InlineData("ICECREAM_CACHE_SHARED = redis://:secret@cache", "ICECREAM_CACHE_SHARED = redis://:***@cache")]
    public void Of_an_address_all_is_shown_but_what_lets_one_in(string address, string shown) => Assert.Equal(shown, MaskedAddress.Of(address));
}
