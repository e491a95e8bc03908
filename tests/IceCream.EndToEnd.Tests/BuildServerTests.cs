using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>The line that the pages for build servers give their readers, as it stands there, on a farm.</summary>
public sealed partial class BuildServerTests(UsersFarm farm) : IClassFixture<UsersFarm>
{
    [NeedsTheory("gcc", "make", "bwrap")]
    [InlineData("github-actions")]
    [InlineData("gitlab")]
    [InlineData("jenkins")]
    public async Task Its_compiles_leave(string page)
    {
        string line = Assert.Single(Line().Matches(File.ReadAllText(Page(page))).Select(static match => match.Value));
        using var space = new Workspace();
        space.Write("work/Makefile", "CC = gcc\nall: a.o b.o\n");
        space.Write("work/a.c", "int a;\n");
        space.Write("work/b.c", "int b;\n");
        Ending ending = await Shell.RunAsync(
            line, space.Under("work"), ("FARM", farm.Address), ("PATH", $"{Programs.Folder}:{Environment.GetEnvironmentVariable("PATH")}"), ("ICECREAM_STATE_DIR", space.Folder("state")));
        Assert.True(ending.ExitCode == 0, ending.ToString());
        Assert.Matches("\"remote\": 2\\b", await File.ReadAllTextAsync(space.Under("work/icelib.json")));
    }

    [Fact]
    public async Task A_farm_that_is_away_costs_no_build()
    {
        using var space = new Workspace();
        space.Write("work/Makefile", "CC = gcc\nall: a.o\n");
        space.Write("work/a.c", "int a;\n");
        string line = Line().Match(await File.ReadAllTextAsync(Page("gitlab"))).Value;
        Ending ending = await Shell.RunAsync(
            line, space.Under("work"), ("FARM", "127.0.0.1:1"), ("PATH", $"{Programs.Folder}:{Environment.GetEnvironmentVariable("PATH")}"), ("ICECREAM_STATE_DIR", space.Folder("state")));
        Assert.True(ending.ExitCode == 0 && File.Exists(space.Under("work/a.o")), ending.ToString());
    }

    private static string Page(string name, [CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "../../integrations", name, "README.md");

    [GeneratedRegex("icehost run --scheduler[^'\n]*")]
    private static partial Regex Line();
}
