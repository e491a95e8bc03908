using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Mono.Unix.Native;

namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>A node of the farm: an icehost that runs until it is ended by its number.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource<Match> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private bool _stopped;

    private NodeProcess(Process process, Regex ready)
    {
        _process = process;
        _reading = ReadAsync(ready);
    }

    public int Id => _process.Id;

    /// <summary>What it said.</summary>
    public string Log => string.Join('\n', _lines);

    /// <summary>What was found in the line that says it is ready.</summary>
    public Match Ready => _ready.Task.Result;

    /// <summary>Starts a node and waits until it says that it is ready.</summary>
    /// <param name="wrapper">The words of a program that becomes the node; may be empty.</param>
    /// <param name="arguments">The words after icehost.</param>
    /// <param name="ready">What the line looks like that says so.</param>
    public static async Task<NodeProcess> StartAsync(string[] wrapper, IEnumerable<string> arguments, string ready)
    {
        string[] words = [.. wrapper, Programs.Host, .. arguments];
        Process process = Process.Start(Shell.Describe(words[0], words[1..]))!;
        process.StandardInput.Close();
        var node = new NodeProcess(process, new Regex(ready));
        await node._ready.Task.WaitAsync(Shell.Patience);
        return node;
    }

    public void Kill() => _process.Kill();

    public void Signal(Signum signal)
    {
        Assert.Equal(0, Syscall.kill(Id, signal));
        _stopped = signal == Signum.SIGSTOP;
    }

    public Task ExitAsync() => _process.WaitForExitAsync().WaitAsync(Shell.Patience);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // Asked first, so that it takes its own jobs with it.
            Signal(_stopped ? Signum.SIGKILL : Signum.SIGTERM);
            try
            {
                await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            }
            catch (TimeoutException)
            {
                _process.Kill(entireProcessTree: true);
                throw new TimeoutException($"A node did not end when asked:\n{Log}");
            }
        }

        await _reading.WaitAsync(Shell.Patience);
        _process.Dispose();
    }

    private async Task ReadAsync(Regex ready)
    {
        Task<string> output = _process.StandardOutput.ReadToEndAsync();
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            if (ready.Match(line) is { Success: true } match)
            {
                _ready.TrySetResult(match);
            }
        }

        await output;
        _ready.TrySetException(new InvalidOperationException($"The node ended before it was ready:\n{Log}"));
    }
}
