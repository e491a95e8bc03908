using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>A Chromium without a window, driven by the DevTools protocol: one page, and what it complained of.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _calls;

    private Browser(Process process, string profile) => (_process, _profile) = (process, profile);

    /// <summary>Errors of the page's scripts, and what the browser refused to load.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<Browser> StartAsync(string program, params string[] more)
    {
        string profile = Directory.CreateTempSubdirectory("icecream-browser-").FullName;
        const string Listening = "DevTools listening on ";
        var appeared = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo(program, ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0", .. more, $"--user-data-dir={profile}", "about:blank"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) =>
        {
            // The file that tells the port as well is written after this line, some time.
            if (line.Data?.StartsWith(Listening, StringComparison.Ordinal) == true)
            {
                appeared.TrySetResult(new Uri(line.Data[Listening.Length..]));
            }
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var browser = new Browser(process, profile);
        try
        {
            int number = (await appeared.Task.WaitAsync(Shell.Patience)).Port;
            using var client = new HttpClient();
            JsonArray pages = JsonNode.Parse(await client.GetStringAsync(new Uri($"http://127.0.0.1:{number}/json")))!.AsArray();
            string address = pages.Single(page => (string?)page!["type"] == "page")!["webSocketDebuggerUrl"]!.GetValue<string>();
            await browser._socket.ConnectAsync(new Uri(address), CancellationToken.None);
            foreach (string domain in (string[])["Page", "Runtime", "Log"])
            {
                await browser.CallAsync($"{domain}.enable");
            }

            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives the page a size, and a liking for light or dark.</summary>
    public async Task LookAsync(int width, int height, string scheme)
    {
        await CallAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });
        await CallAsync("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }) });
    }

    public Task GoAsync(string address) => CallAsync("Page.navigate", new JsonObject { ["url"] = address });

    /// <summary>The value of an expression in the page; a promise is awaited.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        JsonNode result = await CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        Assert.True(result["exceptionDetails"] is null, result.ToJsonString());
        return result["result"]?["value"];
    }

    /// <summary>Waits until an expression in the page holds: it is looked at once a frame.</summary>
    public async Task UntilAsync(string expression)
    {
        JsonNode? holds = await EvaluateAsync(
            $"new Promise(done => {{ const end = performance.now() + 60000, look = () => ({expression}) ? done(true) : performance.now() > end ? done(false) : requestAnimationFrame(look); look(); }})");
        Assert.True(holds!.GetValue<bool>(), $"It never came to: {expression}");
    }

    public async Task<byte[]> PictureAsync() =>
        Convert.FromBase64String((await CallAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png" }))["data"]!.GetValue<string>());

    /// <summary>Keeps a picture of the page where <c>ICECREAM_PICTURES</c> names a folder.</summary>
    public async Task KeepAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("ICECREAM_PICTURES") is { Length: > 0 } folder)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, name + ".png"), await PictureAsync());
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    private async Task<JsonNode> CallAsync(string method, JsonObject? parameters = null)
    {
        int number = ++_calls;
        var message = new JsonObject { ["id"] = number, ["method"] = method, ["params"] = parameters ?? [] };
        using var patience = new CancellationTokenSource(Shell.Patience);
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, true, patience.Token);
        while (true)
        {
            using var text = new MemoryStream();
            WebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(new ArraySegment<byte>(_buffer), patience.Token);
                text.Write(_buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);
            JsonNode answer = JsonNode.Parse(text.ToArray())!;
            if ((int?)answer["id"] == number)
            {
                return answer["result"] ?? throw new InvalidOperationException(answer.ToJsonString());
            }

            Hear((string?)answer["method"], answer["params"]);
        }
    }

    private void Hear(string? method, JsonNode? told)
    {
        if (method == "Runtime.exceptionThrown" || (method == "Log.entryAdded" && (string?)told!["entry"]!["level"] == "error")
            || (method == "Runtime.consoleAPICalled" && (string?)told!["type"] == "error"))
        {
            Complaints.Add(told!.ToJsonString());
        }
    }
}
