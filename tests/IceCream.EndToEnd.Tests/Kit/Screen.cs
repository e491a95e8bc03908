namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>A terminal that nobody sits at: a window of a tmux of its own, in which one program runs.</summary>
internal sealed class Screen : IAsyncDisposable
{
    private readonly string _server;

    private Screen(string server) => _server = server;

    /// <summary>Starts a program in a terminal.</summary>
    /// <param name="space">Where the server's socket lies.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Lines.</param>
    /// <param name="script">What runs in it, by a shell. The window stays when it has ended.</param>
    public static async Task<Screen> StartAsync(Workspace space, int width, int height, string script)
    {
        var screen = new Screen($"tmux -S '{space.Under("tmux.socket")}' -f /dev/null");
        string file = space.Under("screen.sh");
        await File.WriteAllTextAsync(file, script + "\necho \"ended with $?\"\nexec sleep 600\n");
        await screen.RunAsync($"new-session -d -x {width} -y {height} sh '{file}'");
        return screen;
    }

    /// <summary>What is on it.</summary>
    public async Task<string> ReadAsync() => (await RunAsync("capture-pane -p")).Output;

    /// <summary>What is on it, with the sequences that give it colours.</summary>
    public async Task<string> ReadColoursAsync() => (await RunAsync("capture-pane -p -e")).Output;

    /// <summary>Keeps what is on it where <c>ICECREAM_PICTURES</c> names a folder.</summary>
    public async Task KeepAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("ICECREAM_PICTURES") is { Length: > 0 } folder)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, name + ".txt"), await ReadAsync());
            await File.WriteAllTextAsync(Path.Combine(folder, name + ".ansi"), await ReadColoursAsync());
        }
    }

    /// <summary>Presses a key.</summary>
    public Task PressAsync(string key) => RunAsync($"send-keys '{key}'");

    /// <summary>Makes it another size.</summary>
    public Task ResizeAsync(int width, int height) => RunAsync($"resize-window -x {width} -y {height}");

    /// <summary>Looks again and again until it shows what is waited for.</summary>
    public async Task<string> UntilAsync(Func<string, bool> condition, string what)
    {
        using var patience = new CancellationTokenSource(Shell.Patience);
        string seen = "";
        while (!patience.IsCancellationRequested)
        {
            seen = await ReadAsync();
            if (condition(seen))
            {
                return seen;
            }
        }

        throw new TimeoutException($"Waited in vain for: {what}. Seen:\n{seen}");
    }

    public async ValueTask DisposeAsync() => await RunAsync("kill-server");

    private async Task<Ending> RunAsync(string command)
    {
        Ending ending = await Shell.RunAsync($"{_server} {command}", "/", ("TERM", "xterm-256color"));
        Assert.True(ending.ExitCode == 0, ending.ToString());
        return ending;
    }
}
