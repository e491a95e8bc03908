using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
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
    private TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopped;

    private NodeProcess(Process process, Regex ready)
    {
        _process = process;
        _reading = ReadAsync(ready);
    }

    public int Id => _process.Id;

    /// <summary>What it said.</summary>
    public string Log => string.Join('\n', _lines);

    /// <summary>The memory that it has, in kilobytes.</summary>
    public long ResidentKilobytes => ReadStatus("VmRSS:");

    /// <summary>The most memory that it ever had, in kilobytes.</summary>
    public long PeakKilobytes => ReadStatus("VmHWM:");

    /// <summary>What was found in the line that says it is ready.</summary>
    public Match Ready => _ready.Task.Result;

    /// <summary>Starts a node and waits until it says that it is ready.</summary>
    /// <param name="wrapper">The words of a program that becomes the node; may be empty.</param>
    /// <param name="arguments">The words after icehost.</param>
    /// <param name="ready">What the line looks like that says so.</param>
    public static Task<NodeProcess> StartAsync(string[] wrapper, IEnumerable<string> arguments, string ready) =>
        StartWordsAsync([.. wrapper, Programs.Host, .. arguments], ready);

    /// <summary>The same for a node that a script becomes.</summary>
    /// <param name="wrapper">The words of a program that runs the script.</param>
    /// <param name="script">The script.</param>
    /// <param name="ready">What the line looks like that says that the node is ready.</param>
    public static Task<NodeProcess> StartScriptAsync(string[] wrapper, string script, string ready) => StartWordsAsync([.. wrapper, script], ready);

    private static async Task<NodeProcess> StartWordsAsync(string[] words, string ready)
    {
        Process process = Process.Start(Shell.Describe(words[0], words[1..]))!;
        process.StandardInput.Close();
        var node = new NodeProcess(process, new Regex(ready));
        await node._ready.Task.WaitAsync(Shell.Patience);
        return node;
    }

    /// <summary>Waits until it has said something.</summary>
    public async Task SaysAsync(string text)
    {
        using var patience = new CancellationTokenSource(Shell.Patience);
        while (true)
        {
            Task said;
            lock (_lines)
            {
                if (_lines.Any(line => line.Contains(text, StringComparison.Ordinal)))
                {
                    return;
                }

                said = _said.Task;
            }

            await Task.WhenAny(said, _reading).WaitAsync(patience.Token);
            Assert.False(_reading.IsCompleted && !said.IsCompleted, $"The node ended before it said '{text}':\n{Log}");
        }
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

    private long ReadStatus(string name) => long.Parse(
        File.ReadLines($"/proc/{Id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal),
        NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);

    private async Task ReadAsync(Regex ready)
    {
        Task<string> output = _process.StandardOutput.ReadToEndAsync();
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_lines)
            {
                _lines.Enqueue(line);
                _said.SetResult();
                _said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            if (ready.Match(line) is { Success: true } match)
            {
                _ready.TrySetResult(match);
            }
        }

        await output;
        _ready.TrySetException(new InvalidOperationException($"The node ended before it was ready:\n{Log}"));
    }
}
