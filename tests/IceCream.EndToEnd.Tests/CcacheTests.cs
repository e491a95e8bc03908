using System.Net.Sockets;
using System.Text.RegularExpressions;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>The storage helper for ccache as a program, and ccache itself with it.</summary>
public sealed class CcacheTests
{
    private const string Name = "ccache-storage-icecream";

    [Needs("redis-server")]
    public async Task It_answers_under_its_name_and_ends_when_nobody_asks()
    {
        using var space = new Workspace();
        File.CreateSymbolicLink(space.Under(Name), Programs.Host);
        (NodeProcess server, int port) = await StartServerAsync();
        await using NodeProcess running = server;
        using Shell helper = Shell.Start(
            $"exec '{space.Under(Name)}'", space.Root, ("CRSH_IPC_ENDPOINT", space.Under("socket")), ("CRSH_URL", "icecream://shared"), ("CRSH_IDLE_TIMEOUT", "3"),
            ("CRSH_NUM_ATTR", "1"), ("CRSH_ATTR_KEY_0", "store"), ("CRSH_ATTR_VALUE_0", $"redis://127.0.0.1:{port}"));
        await using (NetworkStream stream = await ConnectAsync(space.Under("socket")))
        {
            Assert.Equal([1, 2, 0, 1], await AskAsync(stream, [], 4));
            Assert.Equal([0], await AskAsync(stream, [1, 2, 7, 8, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3], 1));
            Assert.Equal([0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3], await AskAsync(stream, [0, 2, 7, 8], 12));
        }

        Ending ending = await helper.EndAsync();
        Assert.True(ending.ExitCode == 0 && !File.Exists(space.Under("socket")), ending.ToString());
    }

    [Fact]
    public async Task Without_a_store_or_a_socket_it_says_what_is_missing()
    {
        using var space = new Workspace();
        Ending without = await Shell.RunAsync($"exec '{Programs.Host}' ccache-storage", space.Root);
        Assert.True(without.ExitCode == 2 && without.Error.Contains("CRSH_IPC_ENDPOINT", StringComparison.Ordinal), without.ToString());
        without = await Shell.RunAsync($"exec '{Programs.Host}' ccache-storage", space.Root, ("CRSH_IPC_ENDPOINT", space.Under("socket")));
        Assert.True(without.ExitCode == 2 && without.Error.Contains("ICECREAM_CACHE_SHARED", StringComparison.Ordinal), without.ToString());
    }

    /// <summary>ccache puts what it compiles into our store, and finds it there when it has forgotten it; also when the store is gone the object is right.</summary>
    [NeedsCcache]
    public async Task Ccache_has_from_the_shared_store_what_it_has_forgotten()
    {
        using var space = new Workspace();
        File.CreateSymbolicLink(space.Under(Name), Programs.Host);
        (NodeProcess server, int port) = await StartServerAsync();
        await using NodeProcess running = server;
        space.Write("a.c", "int f(int x) { return x * 3; }\n");
        (string, string)[] variables =
        [
            ("CCACHE_DIR", space.Under("cache")), ("CCACHE_CONFIGPATH", "/dev/null"), ("CCACHE_LIBEXEC_DIRS", space.Root), ("CCACHE_TEMPDIR", space.Under("temp")),
            ("CCACHE_REMOTE_STORAGE", $"icecream://shared @store=redis://127.0.0.1:{port} idle-timeout=5s"), ("CCACHE_RESHARE", "true"),
        ];
        await RunAsync("gcc -c a.c -o plain.o; ccache gcc -c a.c -o a.o; cmp a.o plain.o");
        await RunAsync("rm -rf cache a.o; ccache gcc -c a.c -o a.o; cmp a.o plain.o");
        string stored = await RunAsync("ccache --print-stats");
        Assert.Matches(new Regex("^remote_storage_hit\t[1-9]", RegexOptions.Multiline), stored);
        Assert.Matches(new Regex("^(direct|preprocessed)_cache_hit\t1", RegexOptions.Multiline), stored);
        Assert.Matches(new Regex("^remote_storage_error\t0", RegexOptions.Multiline), stored);

        server.Kill();
        await RunAsync("rm -rf cache a.o; ccache gcc -c a.c -o a.o; cmp a.o plain.o");
        await RunAsync("ccache --stop-storage-helpers");

        async Task<string> RunAsync(string script)
        {
            Ending ending = await Shell.RunAsync($"set -e; {script}", space.Root, variables);
            Assert.True(ending.ExitCode == 0, $"{script}\n{ending}");
            return ending.Output;
        }
    }

    /// <summary>To ccache the compiler is the real one, which may be replaced, and not the launcher's link before it on the search path.</summary>
    [Needs("ccache", "gcc")]
    public async Task Within_a_run_ccache_notices_that_the_compiler_has_been_replaced()
    {
        using var space = new Workspace();
        space.Write("a.c", "int version = VERSION;\n");
        (string, string)[] variables =
        [
            ("PATH", $"{space.Folder("bin")}:{Environment.GetEnvironmentVariable("PATH")}"),
            ("CCACHE_DIR", space.Under("cache")), ("CCACHE_CONFIGPATH", "/dev/null"), ("CCACHE_TEMPDIR", space.Under("temp")),
        ];

        // The versions have texts of unequal lengths, so that no clock decides whether the file is another.
        byte[] first = await CompileAsync("1"), second = await CompileAsync("2000");
        Assert.NotEqual(first, second);

        async Task<byte[]> CompileAsync(string version)
        {
            space.Write("bin/gcc", $"#!/bin/sh\nexec /usr/bin/gcc -DVERSION={version} \"$@\"\n", executable: true);
            Ending ending = await Shell.RunAsync(
                $"'{Programs.Host}' run --state-dir '{space.Under("state")}' --json summary.json -- ccache gcc -c a.c -o a.o", space.Root, variables);
            Assert.True(ending.ExitCode == 0, ending.ToString());
            Assert.Contains("\"compiles\": 1", await File.ReadAllTextAsync(space.Under("summary.json")), StringComparison.Ordinal);
            return await File.ReadAllBytesAsync(space.Under("a.o"));
        }
    }

    private static async Task<(NodeProcess Server, int Port)> StartServerAsync()
    {
        using var free = new TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        int port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        return (await NodeProcess.StartScriptAsync(
            ["sh", "-c"], $"exec redis-server --port {port} --bind 127.0.0.1 --save '' --appendonly no --dir /tmp 1>&2", "Ready to accept connections"), port);
    }

    /// <summary>Tries again and again until the helper listens.</summary>
    private static async Task<NetworkStream> ConnectAsync(string path)
    {
        using var patience = new CancellationTokenSource(Shell.Patience);
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), patience.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }
    }

    private static async Task<byte[]> AskAsync(NetworkStream stream, byte[] question, int length)
    {
        await stream.WriteAsync(question).AsTask().WaitAsync(Shell.Patience);
        byte[] answer = new byte[length];
        await stream.ReadExactlyAsync(answer).AsTask().WaitAsync(Shell.Patience);
        return answer;
    }

    /// <summary>A test by ccache 4.13 or later, the first that has storage helpers.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class NeedsCcacheAttribute : FactAttribute
    {
        public NeedsCcacheAttribute() => Skip = Needs.Missing(["ccache", "gcc", "redis-server"]) ?? (HasHelpers() ? null : "This ccache has no storage helpers: they came with 4.13.");

        private static bool HasHelpers() =>
            Regex.Match(Shell.RunAsync("ccache --version", "/").GetAwaiter().GetResult().Output, @"version (\d+)\.(\d+)") is { Success: true } version
            && Version.Parse($"{version.Groups[1].Value}.{version.Groups[2].Value}") >= new Version(4, 13);
    }
}
