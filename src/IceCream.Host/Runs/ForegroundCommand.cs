using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using IceCream.Platform;

namespace IceCream.Host.Runs;

/// <summary>A command that has the terminal: it reads, writes and is interrupted as if it had been started alone.</summary>
internal static class ForegroundCommand
{
    private const int Hangup = 1;

    /// <summary>Runs a command to its end, and outlives it whatever signal comes.</summary>
    /// <param name="program">The program, by its absolute path.</param>
    /// <param name="arguments">What follows its name.</param>
    /// <param name="changes">What changes in the environment.</param>
    /// <param name="error">Is told when it cannot be run.</param>
    /// <returns>Its exit code; 128 + signal when a signal ended it; 126 when it cannot be run.</returns>
    public static async Task<int> RunAsync(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> changes, TextWriter error)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false };
        foreach ((string name, string value) in changes)
        {
            start.Environment[name] = value;
        }

        using var process = new Process { StartInfo = start };
        var gate = new Lock();
        int pid = 0, early = 0;

        // Registered before the start: a signal in between must not end the host and leave the command behind, nor be lost on the command.
        using PosixSignalRegistration terminate = Pass(PosixSignal.SIGTERM, Linux.SIGTERM);
        using PosixSignalRegistration hangUp = Pass(PosixSignal.SIGHUP, Hangup);
        using PosixSignalRegistration interrupt = Pass(PosixSignal.SIGINT, HasTerminal() ? 0 : Linux.SIGINT);
        try
        {
            Start(process);
        }
        catch (Win32Exception e)
        {
            await error.WriteLineAsync($"icehost: {program} cannot be started: {e.Message}");
            return ProgramSearch.NotExecutable;
        }

        lock (gate)
        {
            pid = process.Id;
            if (early != 0)
            {
                Linux.Kill(pid, early);
            }
        }

        await process.WaitForExitAsync();
        return process.ExitCode;

        // A terminal interrupts the whole foreground group: there, passing Ctrl-C on would deliver it twice.
        PosixSignalRegistration Pass(PosixSignal signal, int number) => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            lock (gate)
            {
                if (number != 0 && pid != 0)
                {
                    Linux.Kill(pid, number);
                }
                else if (number != 0)
                {
                    early = number;
                }
            }
        });
    }

    /// <summary>Starts a program; a script without a first line that names its shell is run by the shell, as shells do.</summary>
    private static void Start(Process process)
    {
        ProcessStartInfo start = process.StartInfo;
        try
        {
            process.Start();
        }
        catch (Win32Exception e) when (e.NativeErrorCode == Linux.ENOEXEC)
        {
            start.ArgumentList.Insert(0, start.FileName);
            start.FileName = "/bin/sh";
            process.Start();
        }
    }

    private static bool HasTerminal() => !Console.IsInputRedirected || !Console.IsOutputRedirected || !Console.IsErrorRedirected;
}
