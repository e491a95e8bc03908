using IceCream.Host.Configuration;
using Xunit;

namespace IceCream.Host.Tests.Configuration;

/// <summary>The host understands the launcher's variables as the launcher does.</summary>
public sealed class LauncherSwitchesTests
{
    [Theory]
    [InlineData("no", "", "mode", "local", "ICECC")]
    [InlineData("disable", "", "disable", "1", "ICECC")]
    [InlineData("no", "ICECREAM_MODE", "mode", "auto", "ICECREAM_MODE")]
    [InlineData("disable", "ICECREAM_DISABLE", "disable", "auto", "ICECREAM_DISABLE")]
    [InlineData("yes", "", "mode", "auto", "")]
    public void What_icecreams_variable_says_is_shown_as_in_force(string word, string other, string name, string value, string where)
    {
        var variables = new Dictionary<string, string> { ["ICECC"] = word };
        if (other.Length > 0)
        {
            variables.Add(other, "auto");
        }

        SettingInForce setting = InForce.OfLauncher(variables).Single(found => found.Name == name);
        Assert.Equal((value, where), (setting.Value, setting.Where));
    }

    [Theory]
    [InlineData("ICECREAM_DISABLE", "1", "ICECREAM_DISABLE=1", false)]
    [InlineData("ICECREAM_DISABLE", "yes", "ICECREAM_DISABLE=yes", false)]
    [InlineData("ICECREAM_DISABLE", "No", null, true)]
    [InlineData("ICECREAM_DISABLE", "", null, true)]
    [InlineData("ICECC", "disable", "ICECC=disable", false)]
    [InlineData("ICECC", "no", null, true)]
    [InlineData("ICECREAM_AUTOSTART", "off", null, false)]
    [InlineData("ICECREAM_AUTOSTART", "0", null, false)]
    [InlineData("ICECREAM_AUTOSTART", "", null, true)]
    public void A_variable_turns_launchers_or_their_agents_off(string name, string value, string? disabledBy, bool startsAgents)
    {
        var variables = new Dictionary<string, string> { [name] = value };
        Assert.Equal(disabledBy, LauncherSwitches.DisabledBy(variables));
        Assert.Equal(startsAgents, LauncherSwitches.StartsAgents(variables));
    }
}
