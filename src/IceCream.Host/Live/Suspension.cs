using System.Runtime.InteropServices;
using IceCream.Platform;

namespace IceCream.Host.Live;

/// <summary>
/// Gives the terminal back while it stops this process (Ctrl+Z), and takes it again afterwards: who is stopped in the screen of a view goes on in the shell without a
/// cursor, and below a reserved line. The runtime takes the signal from who listens to it, so the process stops itself, by the default action: a process
/// group that no shell could continue is not stopped, and takes the terminal again at once.
/// </summary>
internal sealed class Suspension : IDisposable
{
    private readonly Action _leave, _enter;
    private readonly Lock _lock = new();
    private PosixSignalRegistration? _stop;
    private bool _isOver;

    /// <param name="leave">Gives the terminal back.</param>
    /// <param name="enter">Takes it again. Nothing is known then of what it shows.</param>
    public Suspension(Action leave, Action enter)
    {
        (_leave, _enter) = (leave, enter);
        _stop = Listen();
    }

    /// <summary>Writes to the terminal, and never while it is given back.</summary>
    public void Do(Action write)
    {
        lock (_lock)
        {
            write();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            _stop?.Dispose();
        }
    }

    private PosixSignalRegistration? Listen() => OperatingSystem.IsLinux() ? PosixSignalRegistration.Create(PosixSignal.SIGTSTP, context =>
    {
        context.Cancel = true;
        Stop();
    }) : null;

    private void Stop()
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            _leave();

            // Without a listener the signal has its default action again.
            _stop?.Dispose();
            Linux.Raise(Linux.SIGTSTP);
            _stop = Listen();
            _enter();
        }
    }
}
