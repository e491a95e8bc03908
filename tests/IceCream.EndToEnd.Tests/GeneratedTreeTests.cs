using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>A short run of the benchmark that generates trees and compares every compile with a plain one: <c>./ice bench identity --random</c>.</summary>
public sealed class GeneratedTreeTests
{
    [Fact]
    [Trait("Length", "Long")]
    public async Task Generated_trees_compile_to_the_same_bytes()
    {
        using var space = new Workspace();
        string cache = space.Folder("cache"), program = Path.Combine(AppContext.BaseDirectory, "IceCream.Benchmarks");
        Ending ending = await Shell.RunAsync($"'{program}' identity --random 60 --seed 1 --minutes 0.4 --shrink 1 --bin '{Programs.Folder}' --cache '{cache}'", "/");
        Assert.True(ending.ExitCode == 0, $"{ending}\n{string.Join('\n', Directory.EnumerateFiles(cache, "*.sh", SearchOption.AllDirectories).Select(File.ReadAllText))}");
    }
}
