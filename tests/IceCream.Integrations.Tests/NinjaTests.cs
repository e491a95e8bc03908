using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>The example for Ninja and the script that it needs.</summary>
public sealed class NinjaTests
{
    [Needs("ninja", "cc")]
    public async Task Every_compile_goes_through_the_launcher_and_the_link_does_not()
    {
        using var build = new BuildFolder();
        Assert.Contains("compiling through", await BuildAsync(build), StringComparison.Ordinal);
        build.ExpectCompiled("greet.c", "main.c");
        Assert.Equal(2, build.Launched.Length);
    }

    [Needs("ninja", "cc")]
    public async Task Without_icelaunch_it_builds_and_says_so()
    {
        using var build = new BuildFolder(withLauncher: false);
        Assert.Contains("icelaunch was not found; compiling here", await BuildAsync(build), StringComparison.Ordinal);
    }

    [Needs("ninja", "cc")]
    public async Task It_can_be_switched_off()
    {
        using var build = new BuildFolder { Environment = { ["ICECREAM"] = "off" } };
        Assert.Contains("icecream: off", await BuildAsync(build), StringComparison.Ordinal);
        Assert.Empty(build.Launched);
    }

    private static async Task<string> BuildAsync(BuildFolder build)
    {
        string example = Path.Combine(build.Copy("ninja"), "example");
        string said = await build.RunAsync(example, "../icecream-ninja");
        await build.RunAsync(example, "ninja");
        Assert.Contains("hello, world", await build.RunAsync(example, "./hello"), StringComparison.Ordinal);
        Assert.Contains("no work to do", await build.RunAsync(example, "ninja"), StringComparison.Ordinal);
        return said;
    }
}
