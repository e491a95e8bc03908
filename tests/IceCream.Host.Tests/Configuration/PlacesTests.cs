using IceCream.Host.Commands;
using IceCream.Host.Configuration;
using IceCream.Host.Tests.Kit;
using IceCream.Platform;
using Xunit;

namespace IceCream.Host.Tests.Configuration;

/// <summary>Where things of a node lie, for users who have little.</summary>
public sealed class PlacesTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, "", "", "/var/cache/icecream", "")]
    [InlineData(7, "HOME=/home/ada", "", "/home/ada/.cache/icecream", "")]
    [InlineData(7, "XDG_CACHE_HOME=/cache HOME=/home/ada", "", "/cache/icecream", "")]
    [InlineData(7, "XDG_CACHE_HOME=cache HOME=/home/ada", "", "/home/ada/.cache/icecream", "")]
    [InlineData(7, "", "/home/ada", "/home/ada/.cache/icecream", "")]
    [InlineData(7, "", "", "/var/tmp/icecream-7", "there is no HOME")]
    [InlineData(7, "HOME=.", "/home/ada", "/var/tmp/icecream-7", "HOME is '.', which is no absolute path")]
    [InlineData(7, "HOME=/full", "", "/var/tmp/icecream-7", "/full/.cache/icecream is bad")]
    [InlineData(7, "XDG_CACHE_HOME=/full HOME=/home/ada", "", "/home/ada/.cache/icecream", "/full/icecream is bad")]
    public void State_has_a_place_whatever_the_user_has_and_an_unusual_one_is_told(uint user, string variables, string home, string path, string obstacle)
    {
        Place place = Of(variables, home, user, folder => folder.StartsWith("/full", StringComparison.Ordinal)).StateDirectory(Settings());
        Assert.Equal(path, place.Path);
        Assert.Equal(obstacle.Length == 0, place.Obstacle is null);
        Assert.Contains(obstacle, place.Obstacle?.Detail ?? "", StringComparison.Ordinal);
        Assert.True(obstacle.Length == 0 || place.Obstacle!.Detail.Contains("ICECREAM_STATE_DIR", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_any_place_the_error_names_them_all_and_the_setting()
    {
        IOException refusal = Assert.Throws<IOException>(() => Of("HOME=/home/ada", "", 7, _ => true).StateDirectory(Settings()));
        Assert.All((string[])["/home/ada/.cache/icecream", "/var/tmp/icecream-7", "/tmp/icecream-7/state", "ICECREAM_STATE_DIR"], part => Assert.Contains(part, refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_named_is_taken_as_it_is() =>
        Assert.Equal(new Place("/named"), Of("HOME=/home/ada", "", 7, _ => true).StateDirectory(Settings("--state-dir", "/named")));

    [Fact]
    public void A_folder_for_sockets_that_is_none_is_passed_over_and_told()
    {
        Place place = Of($"XDG_RUNTIME_DIR={_folder.Path}/none", "", uint.MaxValue, _ => false).Socket(Settings());
        Assert.Equal($"/tmp/icecream-{uint.MaxValue}/agent.socket", place.Path);
        Assert.Contains($"XDG_RUNTIME_DIR names '{_folder.Path}/none', which is no folder", place.Obstacle!.Detail, StringComparison.Ordinal);
        Assert.Contains("ICECREAM_SOCKET", place.Obstacle!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Whether_a_folder_can_be_made_is_seen_without_making_it()
    {
        uint user = Linux.EffectiveUser();
        Assert.Null(Places.FaultOf($"{_folder.Path}/a/b/c", false, user));
        Assert.False(Directory.Exists($"{_folder.Path}/a"));

        string file = _folder.Write("file", "");
        Assert.Equal($"'{file}' is no folder", Places.FaultOf($"{file}/a", false, user));
    }

    [Fact]
    public void Among_strangers_a_folder_is_the_users_alone()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "mine")).FullName;
        uint user = Linux.EffectiveUser();
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_000_000);
        Assert.Null(Places.FaultOf(folder, true, user));
        Assert.Contains($"belongs to user {user}", Places.FaultOf(folder, true, user + 1), StringComparison.Ordinal);
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_010_000);
        Assert.Contains("others may write", Places.FaultOf(folder, true, user), StringComparison.Ordinal);
        Assert.Null(Places.FaultOf(folder, false, user));

        string link = Path.Combine(_folder.Path, "link");
        File.CreateSymbolicLink(link, folder);
        Assert.Contains("is no folder", Places.FaultOf(link, true, user), StringComparison.Ordinal);
    }

    private static Places Of(string variables, string home, uint user, Func<string, bool> isBad)
    {
        var set = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static variable => variable.Split('=')).ToDictionary(static words => words[0], static words => words[1]);
        return new Places(name => set.GetValueOrDefault(name), home, user, (folder, _) => isBad(folder) ? $"{folder} is bad" : null);
    }

    private static Settings Settings(params string[] options) =>
        HostConfiguration.Load(IceHost.Build().Parse(["daemon", .. options]), new Dictionary<string, string> { ["ICECREAM_CONFIG"] = "/dev/null" }, _ => { });
}
