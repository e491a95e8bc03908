using System.Runtime.InteropServices;
using IceCream.Host.Rendering;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace IceCream.Host.Live;

/// <summary>Shows a changing view on a whole terminal; without a terminal it prints a line every 2 seconds if the line differs from the one before.</summary>
internal sealed class LiveView : IDisposable
{
    private const int StandardOutput = 1;

    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(2);

    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly LiveLoop _loop;
    private readonly CancellationTokenSource _ending;
    private readonly Lock _lock = new();

    public LiveView(TextWriter output, TimeProvider time, CancellationToken cancellationToken)
    {
        _output = output;
        _time = time;
        _loop = new LiveLoop(time);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>Changes the view's data under a lock, so that no half-changed state is drawn.</summary>
    public void Change(Action change)
    {
        lock (_lock)
        {
            change();
        }

        _loop.Wake();
    }

    /// <summary>Runs until it is cancelled, or q, Escape or Ctrl+C is pressed, which is a signal.</summary>
    /// <param name="feed">Changes the view's data until cancelled.</param>
    /// <param name="render">Renders the screen from width, height and colours.</param>
    /// <param name="line">Renders the view as one line.</param>
    /// <param name="press">Called for each other key.</param>
    public async Task RunAsync(Func<CancellationToken, Task> feed, Func<int, int, ColorSystemSupport, Frame> render, Func<string> line, Action<char> press)
    {
        Task feeding = feed(_ending.Token);
        try
        {
            await (LiveScreen.IsPossible(_output) ? DrawAsync(render, press) : PrintAsync(line));
        }
        finally
        {
            await _ending.CancelAsync();
            await feeding;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ending.Dispose();
        _loop.Dispose();
    }

    /// <summary>Ends the view on a signal. A program that is ended by one leaves its terminal in the other screen, without a cursor.</summary>
    private PosixSignalRegistration EndOn(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        try
        {
            _ending.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The view has just ended by itself.
        }
    });

    private async Task DrawAsync(Func<int, int, ColorSystemSupport, Frame> render, Action<char> press)
    {
        using PosixSignalRegistration interrupt = EndOn(PosixSignal.SIGINT), terminate = EndOn(PosixSignal.SIGTERM), hangUp = EndOn(PosixSignal.SIGHUP);
        using var screen = new LiveScreen(_output, _loop.Wake);
        Task keys = Keyboard.ReadAsync(
            key =>
            {
                if (key is 'q' or '\u001b')
                {
                    _ending.Cancel();
                    return;
                }

                Change(() => press(key));
            },
            _time, _ending.Token);
        await _loop.RunAsync(
            () =>
            {
                lock (_lock)
                {
                    screen.Show(render);
                }
            },
            _ending.Token);
        await keys;
    }

    /// <summary>Prints until cancelled, or until nobody reads any more (<c>icehost top | head</c>): writes to a pipe without a reader are ignored by the framework.</summary>
    private async Task PrintAsync(Func<string> line)
    {
        using SafeFileHandle? standard = ReferenceEquals(_output, Console.Out) ? new SafeFileHandle(StandardOutput, ownsHandle: false) : null;
        string? printed = null;
        while (!_ending.IsCancellationRequested && (standard is null || !Linux.IsHungUp(standard)))
        {
            string next;
            lock (_lock)
            {
                next = Terminal.Line(line());
            }

            if (next != printed)
            {
                _output.WriteLine(next);
                _output.Flush();
                printed = next;
            }

            await Task.Delay(LineInterval, _time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
