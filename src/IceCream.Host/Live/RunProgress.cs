using IceCream.Jobs;
using IceCream.Platform;
using Spectre.Console;

namespace IceCream.Host.Live;

/// <summary>Shows the progress of a build in the last line of the terminal to which its command prints.</summary>
internal sealed class RunProgress : IAsyncDisposable
{
    private const int StandardError = 2;

    private readonly TextWriter _terminal;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly LiveLoop _loop;
    private readonly CancellationTokenSource _ending = new();
    private readonly BuildProgress _build = new(static _ => true);
    private readonly Lock _lock = new();
    private readonly bool _hasColours = LiveScreen.Colours(Environment.GetEnvironmentVariable) != ColorSystemSupport.NoColors;
    private readonly Suspension _suspension;
    private readonly Task _running;
    private int _width, _height;

    private RunProgress(TextWriter terminal, IAsyncEnumerable<JobEvent> jobs)
    {
        _terminal = terminal;
        _loop = new LiveLoop(_time);
        _suspension = new Suspension(End, _loop.Wake);
        _running = Task.WhenAll(HearAsync(jobs), _loop.RunAsync(Draw, _ending.Token));
    }

    /// <summary>Shows progress from now on, until disposed.</summary>
    /// <param name="terminal">The terminal to write to.</param>
    /// <param name="jobs">The events of the build's jobs.</param>
    /// <returns>Null if nothing can be shown: there is no terminal, it has no cursor control, or it has fewer than 8 lines.</returns>
    public static RunProgress? Start(TextWriter terminal, IAsyncEnumerable<JobEvent> jobs) =>
        ReferenceEquals(terminal, Console.Error) && !Console.IsErrorRedirected && LiveScreen.IsPossible(Console.Out) && Console.WindowHeight >= StatusLine.LeastHeight
            ? new RunProgress(terminal, jobs)
            : null;

    /// <summary>Releases the last line.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _suspension.Dispose();
        _suspension.Do(End);
        _loop.Dispose();
        _ending.Dispose();
    }

    private async Task HearAsync(IAsyncEnumerable<JobEvent> jobs)
    {
        try
        {
            await foreach (JobEvent happened in jobs.WithCancellation(_ending.Token))
            {
                lock (_lock)
                {
                    _build.Hear(happened, _time.GetUtcNow());
                }

                _loop.Wake();
            }
        }
        catch (OperationCanceledException)
        {
            // The build is over.
        }
    }

    private void Draw() => _suspension.Do(DrawLine);

    /// <summary>Releases the line; the next time it is drawn, it is reserved again.</summary>
    private void End()
    {
        if (_height > 0)
        {
            Send(StatusLine.End(_height));
            (_width, _height) = (0, 0);
        }
    }

    private void DrawLine()
    {
        if (Linux.IsInBackground(StandardError))
        {
            // After `bg` the terminal is the shell's: a line would be reserved again below its prompt, and drawn over what runs there.
            End();
            return;
        }

        int width = Console.WindowWidth, height = Console.WindowHeight;
        if (height < StatusLine.LeastHeight)
        {
            return;
        }

        string begin = "";
        if ((width, height) != (_width, _height))
        {
            begin = (_height > 0 ? StatusLine.End(Math.Min(_height, height)) : "") + StatusLine.Begin(height);
            (_width, _height) = (width, height);
        }

        string line;
        lock (_lock)
        {
            line = _build.Line(_time.GetUtcNow());
        }

        Send(begin + StatusLine.Write($"icehost: {line}", width, height, _hasColours));
    }

    private void Send(string bytes)
    {
        _terminal.Write(bytes);
        _terminal.Flush();
    }
}
