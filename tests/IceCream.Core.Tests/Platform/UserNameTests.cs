using System.Globalization;
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

    /// <summary>HOME plays no part in it. A user may stand in another database than this file, or in none.</summary>
    [Fact]
    public void The_home_is_that_of_the_user_database()
    {
        string number = Linux.EffectiveUser().ToString(CultureInfo.InvariantCulture);
        string[]? entry = File.ReadLines("/etc/passwd").Select(static line => line.Split(':')).FirstOrDefault(fields => fields.Length == 7 && fields[2] == number);
        string? home = Linux.RegisteredHome();
        if (entry is null)
        {
            Assert.NotEqual("", home);
        }
        else
        {
            Assert.Equal(entry[5], home);
        }
    }
}
