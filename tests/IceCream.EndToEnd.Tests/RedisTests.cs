using System.Text.Json;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>Builds that share their results by a real Redis server, whatever becomes of it: they end well, and with the right objects.</summary>
public sealed class RedisTests
{
    private const string Ready = "Ready to accept connections";

    private sealed record Summary(int ExitCode, Statistics Jobs);

    [Needs("make", "gcc", "g++", "bwrap", "redis-server", "redis-cli")]
    public async Task What_one_agent_compiled_another_takes_from_the_server()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 4, 2, 1);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j4", "out");
        int port = FreePort();
        await using NodeProcess server = await StartAsync(port);
        string address = $"redis://127.0.0.1:{port}/3";
        Statistics first = await BuildAsync(space, project, expected, address);
        Assert.True(first.Remote == project.Sources.Count, first.ToString());

        // An agent does not wait for a server that takes long, and on a busy machine each takes long once in a while.
        Statistics second = await BuildAsync(space, project, expected, address);
        Assert.True(second.Cached >= project.Sources.Count / 2 && second.Cached + second.Remote == project.Sources.Count, second.ToString());
        Statistics reader = await BuildAsync(space, project, expected, address + "|read-only");
        Assert.True(reader.Cached >= project.Sources.Count / 2 && reader.Cached + reader.Remote == project.Sources.Count, reader.ToString());
    }

    [NeedsTheory("make", "gcc", "g++", "bwrap", "redis-server", "redis-cli")]
    [InlineData("kill")]
    [InlineData("client pause 600000")]
    [InlineData("garbage")]
    public Task Whatever_befalls_the_server_the_build_is_right(string fault) => BuildThroughAsync(fault);

    [NeedsTheory("make", "gcc", "g++", "bwrap", "redis-server", "redis-cli")]
    [Trait("Length", "Long")]
    [InlineData("flushall")]
    [InlineData("config set maxmemory 1")]
    [InlineData("torn")]
    [InlineData("password")]
    public Task Whatever_else_befalls_it_the_build_is_right_too(string fault) => BuildThroughAsync(fault);

    /// <summary>The second agent's build, while something befalls the server at its first object.</summary>
    private static async Task BuildThroughAsync(string fault)
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 4, 1, 0);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j2", "out");
        int port = FreePort();
        await using NodeProcess server = await StartAsync(port);
        string address = $"redis://127.0.0.1:{port}";
        if (fault != "config set maxmemory 1")
        {
            await BuildAsync(space, project, expected, address);
        }

        if (fault is "garbage" or "torn" or "password")
        {
            await BefallAsync(server, port, fault);
        }

        Statistics second = await BuildAsync(space, project, expected, fault == "password" ? $"redis://:wrong@127.0.0.1:{port}" : address, () => BefallAsync(server, port, fault));
        Assert.Equal(project.Sources.Count, second.Remote + second.Cached);
        Assert.Equal(0, second.Failed);
        if (fault is "garbage" or "torn" or "password")
        {
            Assert.Equal(0, second.Cached);
        }
    }

    private static async Task BefallAsync(NodeProcess server, int port, string fault)
    {
        string cli = $"redis-cli -p {port}";
        switch (fault)
        {
            case "kill":
                server.Kill();
                break;
            case "password":
                // Once it has one, nobody can set it without.
                await RunAsync($"{cli} config set requirepass secret || true");
                break;
            case "garbage":
                await RunAsync($"for key in $({cli} keys '*'); do head -c 500 /dev/urandom | {cli} -x set $key; done");
                break;
            case "torn":
                await RunAsync($"for key in $({cli} keys '*'); do {cli} set $key \"$({cli} getrange $key 0 40)\"; done");
                break;
            default:
                await RunAsync($"{cli} {fault}");
                break;
        }

        static async Task RunAsync(string script)
        {
            Ending ending = await Shell.RunAsync(script, "/");
            Assert.True(ending.ExitCode == 0, ending.ToString());
        }
    }

    private static Task<NodeProcess> StartAsync(int port) => NodeProcess.StartScriptAsync(
        ["sh", "-c"], $"exec redis-server --port {port} --bind 127.0.0.1 --save '' --appendonly no --dir /tmp 1>&2", Ready);

    private static async Task<Statistics> BuildAsync(
        Workspace space, GeneratedProject project, SortedDictionary<string, string> expected, string shared, Func<Task>? atFirstObject = null)
    {
        // Each build is that of another agent, which knows nothing. Its folder is the same, since PATH, which leads to launchers there, is part of what results are known by.
        string results = Path.Combine(project.Root, "out"), file = space.Under("summary.json");
        foreach (string folder in (string[])[results, space.Under("state/results")])
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        using var watch = new ObjectWatch(project.Root);
        using Shell run = Shell.Start(
            $"exec '{Programs.Host}' run --state-dir '{space.Under("state")}' --cache-shared '{shared}' --json '{file}' -- make -j2", project.Root, ("ICECREAM_CACHE", "on"));
        if (atFirstObject is not null)
        {
            await watch.AtLeastAsync(1);
            await atFirstObject();
        }

        Ending ending = await run.EndAsync();
        Assert.True(ending.ExitCode == 0, ending.ToString());
        Statistics jobs = JsonSerializer.Deserialize<Summary>(await File.ReadAllTextAsync(file), Statistics.Names)!.Jobs;
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(results), jobs.ToString());
        return jobs;
    }

    private static int FreePort()
    {
        using var socket = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        socket.Start();
        return ((System.Net.IPEndPoint)socket.LocalEndpoint).Port;
    }
}
