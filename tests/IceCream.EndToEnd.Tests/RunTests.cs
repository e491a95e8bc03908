using System.Text.Json;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary><c>icehost run -- make</c>: a farm for one build.</summary>
public sealed class RunTests
{
    private sealed record Summary(int ExitCode, Statistics Jobs);

    [Needs("make", "gcc", "g++", "bwrap")]
    public async Task A_build_is_right_and_the_summary_says_where_it_ran()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 6, 2, 1);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j4 OPT=-g", "out");
        (Ending ending, Summary summary) = await RunAsync(space, project, "make -j8 OPT=-g");
        Assert.True(ending.ExitCode == 0, $"{ending}\n{summary.Jobs}");
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(Path.Combine(project.Root, "out")), summary.Jobs.ToString());
        Assert.Equal(0, summary.ExitCode);
        Assert.True(project.Sources.Count == summary.Jobs.Remote, summary.Jobs.ToString());
        Assert.Equal(1, summary.Jobs.Local);
    }

    [Needs("make", "gcc", "g++", "bwrap")]
    public async Task A_build_that_fails_fails()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 4, 2, 0);
        project.Write("src/c1.c", "#error not today\n");
        (Ending ending, Summary summary) = await RunAsync(space, project, "make -k -j8");
        Assert.Equal(2, ending.ExitCode);
        Assert.Equal(2, summary.ExitCode);
        Assert.Contains("#error not today", await File.ReadAllTextAsync(Path.Combine(project.Root, "out/c1.c.o.txt")), StringComparison.Ordinal);
        Assert.Equal(("remote", (int?)1), (summary.Jobs.Last("c1.c").Place, summary.Jobs.Last("c1.c").ExitCode));
        Assert.True(summary.Jobs.Remote >= project.Sources.Count - 1, summary.Jobs.ToString());

        // The same for people.
        ending = await Shell.RunAsync($"'{Programs.Host}' run --state-dir '{space.Under("state")}' -- make -k -j8", project.Root);
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains("icehost: exit code 2 after", ending.Error, StringComparison.Ordinal);
    }

    private static async Task<(Ending Ending, Summary Summary)> RunAsync(Workspace space, GeneratedProject project, string command)
    {
        string file = space.Under("summary.json");
        Ending ending = await Shell.RunAsync($"'{Programs.Host}' run --state-dir '{space.Under("state")}' --json '{file}' -- {command}", project.Root);
        Assert.True(File.Exists(file), ending.ToString());
        return (ending, JsonSerializer.Deserialize<Summary>(await File.ReadAllTextAsync(file), Statistics.Names)!);
    }
}
