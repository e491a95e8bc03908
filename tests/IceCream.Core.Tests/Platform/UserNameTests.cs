using IceCream.Platform;
using Xunit;

namespace IceCream.Tests.Platform;

public sealed class UserNameTests
{
    [Theory]
    [InlineData("ada", "eve", "eve", "ada")]
    [InlineData(null, "ada", "eve", "ada")]
    [InlineData("", "", "ada", "ada")]
    [InlineData(null, "a b", "ada", "ada")]
    [InlineData(null, null, null, "uid7")]
    [InlineData("", "\n", "", "uid7")]
    public void Whoever_has_no_name_is_called_by_the_environment_or_by_number(string? registered, string? user, string? login, string expected) =>
        Assert.Equal(expected, UserName.Choose(registered, name => name == "USER" ? user : name == "LOGNAME" ? login : null, 7));

    [Fact]
    public void A_name_is_never_longer_than_a_message_takes() =>
        Assert.Equal("uid7", UserName.Choose(null, _ => new string('x', 1000), 7));

    [Fact]
    public void This_process_has_one() => Assert.NotEmpty(UserName.Own());
}
