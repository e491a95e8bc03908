using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace IceCream.Host.Tests.Kit;

/// <summary>A Redis server of one test, on a port of its own of the loopback. It keeps nothing on disk.</summary>
internal sealed class RedisServer : IDisposable
{
    public const string Program = "/usr/bin/redis-server";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private RedisServer(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <summary>Starts a server, and waits until it takes connections.</summary>
    /// <param name="port">Where; 0: a port that nobody has.</param>
    /// <param name="options">Further options of the server's.</param>
    public static async Task<RedisServer> StartAsync(int port = 0, params string[] options)
    {
        port = port != 0 ? port : FreePort();
        string[] where = options.Contains("--tls-port") ? ["--port", "0"] : ["--port", $"{port}"];
        var start = new ProcessStartInfo(Program, [.. where, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath(), .. options]) { RedirectStandardOutput = true };
        var server = new RedisServer(Process.Start(start)!, port);
        using var patience = new CancellationTokenSource(Patience);
        string said = "";
        while (!said.Contains("Ready to accept connections", StringComparison.Ordinal))
        {
            said = await server._process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException($"The server ended: {said}");
        }

        _ = server._process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        return server;
    }

    public static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    /// <summary>Says a command to the server, as somebody else might.</summary>
    public async Task<string> SayAsync(params string[] words)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, patience.Token);
        using var writer = new StreamWriter(client.GetStream()) { NewLine = "\r\n" };
        using var reader = new StreamReader(client.GetStream());
        await writer.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"*{words.Length}"));
        foreach (string word in words)
        {
            await writer.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"${word.Length}"));
            await writer.WriteLineAsync(word);
        }

        await writer.FlushAsync(patience.Token);
        string answer = await reader.ReadLineAsync(patience.Token) ?? "";
        Assert.False(answer.StartsWith('-'), $"{string.Join(' ', words)}: {answer}");
        return answer;
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }
}

/// <summary>A test that needs a Redis server; skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsRedisAttribute : FactAttribute
{
    public NeedsRedisAttribute() => Skip = File.Exists(RedisServer.Program) ? null : $"Not installed: {RedisServer.Program}.";
}
