using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using IceCream.Platform;

namespace IceCream.Host.Runs;

/// <summary>Runs a command in the foreground: it uses the terminal and receives signals as if the user had started it directly.</summary>
internal static class ForegroundCommand
{
    private const int Hangup = 1;

    /// <summary>Runs a command to its end and outlives it even if signals come.</summary>
    /// <param name="program">The program's absolute path.</param>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="changes">The environment variables to change.</param>
    /// <param name="error">Receives the error if it cannot be started.</param>
    /// <returns>Its exit code; 128 + signal if a signal ended it; 126 if it cannot be started.</returns>
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

        // Registered before the start: a signal in between must neither end the host and orphan the command, nor fail to reach the command.
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

        // A terminal sends SIGINT to the whole foreground process group; passing it on would deliver Ctrl-C twice.
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

    /// <summary>Starts a program; like a shell, it runs a script without a #! line with /bin/sh.</summary>
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
