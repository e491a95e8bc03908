using System.Text.Json;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>
/// A farm whose worker fills a Redis server, and two clients that may only read it, each with files of its own at the same paths, as machines of one image have them: they build the same commit at once, and
/// each file is compiled once.
/// </summary>
public sealed class SharedFarmTests
{
    private sealed record Summary(int ExitCode, Statistics Jobs);

    [Needs("make", "gcc", "g++", "bwrap", "redis-server", "unshare", Mounts = true)]
    [Trait("Length", "Long")]
    public async Task Two_clients_that_build_the_same_commit_at_once_have_each_file_compiled_once()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("ada/project"), 4, 3, 1);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j2", "out");
        Assert.Equal(0, (await Shell.RunAsync("cp -a ada bob && mkdir desk", space.Root)).ExitCode);
        int port = FreePort();
        await using NodeProcess server = await NodeProcess.StartScriptAsync(
            ["sh", "-c"], $"exec redis-server --port {port} --bind 127.0.0.1 --save '' --appendonly no --dir /tmp 1>&2", "Ready to accept connections");
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 0, probes: false);
        await using NodeProcess worker = await NodeProcess.StartAsync(
            [],
            ["daemon", "--no-agent", "--scheduler", farm.Address, "--listen", "127.0.0.1:0", "--name", "blade", "--slots", "2", "--state-dir", space.Folder("blade"), "--cache-shared", $"redis://127.0.0.1:{port}"],
            "^icehost: worker 'blade' .* with 2 slots");
        await farm.UntilAsync(static nodes => nodes.Any(static node => node.Slots > 0), "the worker there");

        var summaries = new System.Collections.Concurrent.ConcurrentBag<string>();
        Statistics[] built = await Task.WhenAll(BuildAsync("ada"), BuildAsync("bob"));
        string told = string.Join('\n', built.Select(static jobs => $"{jobs.Cached} cached, {jobs.Joined} joined, {jobs}").Concat(summaries));
        Assert.True(built.Sum(static jobs => jobs.Remote) == project.Sources.Count, told);
        Assert.True(built.Sum(static jobs => jobs.Cached + jobs.Joined) == project.Sources.Count, told);

        // A third comes later, and knows nothing yet.
        Assert.Equal(0, (await Shell.RunAsync("rm -rf bob/state bob/project/out", space.Root)).ExitCode);
        Statistics later = await BuildAsync("bob");
        Assert.True(later.Cached == project.Sources.Count, later.ToString());

        async Task<Statistics> BuildAsync(string client)
        {
            string desk = space.Under("desk"), run = $"exec '{Programs.Host}' run --scheduler {farm.Address} --state-dir '{desk}/state' "
                + $"--cache-shared 'redis://127.0.0.1:{port}|read-only' --json '{desk}/summary.json' -- make -j4";
            string script = space.Write($"{client}.sh", $"mount --bind '{space.Under(client)}' '{desk}' && cd '{desk}/project' && {run}\n");
            Ending ending = await Shell.RunAsync($"exec {string.Join(' ', Namespaces.Words)} sh -e '{script}'", space.Root, ("ICECREAM_CACHE", "on"));
            Assert.True(ending.ExitCode == 0, $"{ending}\n{worker.Log}");
            string summary = await File.ReadAllTextAsync(space.Under($"{client}/summary.json"));
            Statistics jobs = JsonSerializer.Deserialize<Summary>(summary, Statistics.Names)!.Jobs;
            summaries.Add(summary);
            GeneratedProject.AssertSame(expected, GeneratedProject.Results(space.Under($"{client}/project/out")), jobs.ToString());
            return jobs;
        }
    }

    private static int FreePort()
    {
        using var socket = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        socket.Start();
        return ((System.Net.IPEndPoint)socket.LocalEndpoint).Port;
    }
}
