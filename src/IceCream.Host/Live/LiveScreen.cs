using System.Runtime.InteropServices;
using Spectre.Console;

namespace IceCream.Host.Live;

/// <summary>Takes over a whole terminal (alternate screen); Dispose restores the former content.</summary>
internal sealed class LiveScreen : IDisposable
{
    // Lines do not wrap meanwhile: on a terminal that is narrower than the least that is drawn, each would push those below it away.
    private const string Enter = "\u001b[?1049h\u001b[?25l\u001b[?7l", Leave = "\u001b[?7h\u001b[?25h\u001b[?1049l";

    private const int LeastWidth = 20, LeastHeight = 4, UsualWidth = 80, UsualHeight = 24;

    private readonly TextWriter _output;
    private readonly ColorSystemSupport _colours;
    private readonly PosixSignalRegistration? _resized, _continued;
    private readonly Suspension _suspension;
    private Frame? _shown;

    /// <param name="output">The terminal.</param>
    /// <param name="resized">Called when its size has changed.</param>
    public LiveScreen(TextWriter output, Action resized)
    {
        _output = output;
        _colours = Colours(Environment.GetEnvironmentVariable);
        _resized = OperatingSystem.IsLinux() ? PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => resized()) : null;
        Send(Enter);
        _suspension = new Suspension(
            () => Send(Leave),
            () =>
            {
                _shown = null;
                Send(Enter);
                resized();
            });

        // Who was stopped by SIGSTOP, which nobody hears of, may find anything on the terminal.
        _continued = OperatingSystem.IsLinux() ? PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => _suspension.Do(() =>
        {
            _shown = null;
            resized();
        })) : null;
    }

    /// <summary>Whether a writer is a terminal that understands cursor control.</summary>
    public static bool IsPossible(TextWriter output) =>
        ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    /// <summary>The colours that a terminal supports, by TERM and COLORTERM; none if the user sets NO_COLOR.</summary>
    internal static ColorSystemSupport Colours(Func<string, string?> variable) =>
        variable("NO_COLOR") is { Length: > 0 } || variable("TERM") is null or "" or "dumb" ? ColorSystemSupport.NoColors
        : variable("COLORTERM") is "truecolor" or "24bit" ? ColorSystemSupport.TrueColor
        : variable("TERM")!.Contains("256", StringComparison.Ordinal) ? ColorSystemSupport.EightBit
        : ColorSystemSupport.Standard;

    /// <summary>The size to draw for: a terminal that does not know its own (a serial line, some containers) says 0, and has at least what all terminals had.</summary>
    internal static (int Width, int Height) SizeOf(int width, int height) =>
        (width <= 0 ? UsualWidth : Math.Max(LeastWidth, width), height <= 0 ? UsualHeight : Math.Max(LeastHeight, height));

    /// <summary>Shows a screen.</summary>
    /// <param name="render">Renders it from width, height and colours.</param>
    public void Show(Func<int, int, ColorSystemSupport, Frame> render)
    {
        (int width, int height) = SizeOf(Console.WindowWidth, Console.WindowHeight);
        Frame next = render(width, height, _colours);
        _suspension.Do(() =>
        {
            Send(next.ChangesFrom(_shown));
            _shown = next;
        });
    }

    /// <summary>Restores the terminal.</summary>
    public void Dispose()
    {
        _resized?.Dispose();
        _continued?.Dispose();
        _suspension.Dispose();
        _suspension.Do(() => Send(Leave));
    }

    private void Send(string bytes)
    {
        if (bytes.Length > 0)
        {
            _output.Write(bytes);
            _output.Flush();
        }
    }
}
