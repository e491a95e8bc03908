using System.Text.Json;
using IceCream.EndToEnd.Tests.Kit;
using Mono.Unix.Native;

namespace IceCream.EndToEnd.Tests;

/// <summary>A build that was done before, by the real programs from a shell.</summary>
public sealed class CacheTests
{
    private static readonly (string Name, string Value) On = ("ICECREAM_CACHE", "on");

    private sealed record Summary(int ExitCode, Statistics Jobs);

    private sealed record Stored(long Commands, long Results, long Blobs, long Bytes);

    private sealed record Check(long Commands, long DamagedRecords, long Blobs, long DamagedBlobs, long IncompleteResults);

    [Needs("make", "gcc", "g++", "bwrap")]
    public async Task A_second_build_compiles_nothing_and_leaves_the_same()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 4, 2, 0);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j4 OPT=-g", "out");
        Statistics first = await BuildAsync(space, project, expected, "on");
        Assert.True(first.Remote == project.Sources.Count, first.ToString());
        Statistics again = await BuildAsync(space, project, expected, "on");
        Assert.True(again is { Remote: 0 } && again.Cached == project.Sources.Count, again.ToString());

        // Each known result compiled once more: a wrong one would be an error.
        Statistics verified = await BuildAsync(space, project, expected, "on", "--cache-verify 1");
        Assert.True(verified.Cached == project.Sources.Count, verified.ToString());
        Assert.True((await BuildAsync(space, project, expected, "off")).Cached == 0);

        Stored stored = await AskAsync<Stored>(space, "stats");
        Assert.Equal((project.Sources.Count, project.Sources.Count), (stored.Commands, stored.Results));
        Assert.Equal(0, (await AskAsync<Check>(space, "verify")).DamagedBlobs);
        Ending why = await Shell.RunAsync($"'{Programs.Host}' cache why c1.c --state-dir '{space.Under("state")}'", project.Root);
        Assert.Contains("because nothing is known of this command", why.Output, StringComparison.Ordinal);
        await Shell.RunAsync($"'{Programs.Host}' cache clear --state-dir '{space.Under("state")}'", project.Root);
        Assert.Equal(0, (await AskAsync<Stored>(space, "stats")).Bytes);
        Assert.True((await BuildAsync(space, project, expected, "on")).Remote == project.Sources.Count);
    }

    /// <summary>Killed in the midst of keeping: what is there is whole, and the next build is right.</summary>
    [Needs("make", "gcc", "g++", "bwrap")]
    [Trait("Length", "Long")]
    public async Task An_agent_that_is_killed_leaves_no_torn_result()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 12, 6, 2);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j4 OPT=-g", "out");
        foreach (int objects in (int[])[1, 2, 4, 7, 11])
        {
            Clean(project);
            await AskAsync<Stored>(space, "clear");
            using var watch = new ObjectWatch(project.Root);
            using (Shell run = Shell.Start($"exec '{Programs.Host}' run --state-dir '{space.Under("state")}' -- make -j4 OPT=-g", project.Root, On))
            {
                await watch.AtLeastAsync(objects);
                Assert.Equal(0, Syscall.kill(run.Id, Signum.SIGKILL));
                await run.EndAsync();
            }

            Check check = await AskAsync<Check>(space, "verify");
            Assert.Equal((0, 0, 0), (check.DamagedRecords, check.DamagedBlobs, check.IncompleteResults));
            Statistics then = await BuildAsync(space, project, expected, "on", "--cache-verify 1");
            Assert.Equal(project.Sources.Count, then.Remote + then.Cached);
        }
    }

    private static async Task<Statistics> BuildAsync(Workspace space, GeneratedProject project, SortedDictionary<string, string> expected, string mode, string options = "")
    {
        Clean(project);
        string file = space.Under("summary.json");
        Ending ending = await Shell.RunAsync(
            $"'{Programs.Host}' run --state-dir '{space.Under("state")}' --cache {mode} {options} --json '{file}' -- make -j4 OPT=-g", project.Root, ("ICECREAM_CACHE", mode));
        Summary summary = JsonSerializer.Deserialize<Summary>(await File.ReadAllTextAsync(file), Statistics.Names)!;
        Assert.True(ending.ExitCode == 0, $"{ending}\n{summary.Jobs}");
        Assert.DoesNotContain("was wrong", ending.Error, StringComparison.Ordinal);
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(Path.Combine(project.Root, "out")), summary.Jobs.ToString());
        return summary.Jobs;
    }

    private static void Clean(GeneratedProject project)
    {
        string results = Path.Combine(project.Root, "out");
        if (Directory.Exists(results))
        {
            Directory.Delete(results, recursive: true);
        }
    }

    private static async Task<T> AskAsync<T>(Workspace space, string what)
    {
        Ending ending = await Shell.RunAsync($"'{Programs.Host}' cache {what} --json --state-dir '{space.Under("state")}'", space.Root);
        Assert.True(ending.ExitCode == 0, ending.ToString());
        return JsonSerializer.Deserialize<T>(ending.Output, Statistics.Names)!;
    }
}
