using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using IceCream.Host.Compilers;
using IceCream.Platform;

namespace IceCream.Host.Runs;

/// <summary>A command that has the terminal: it reads, writes and is interrupted as if it had been started alone.</summary>
internal static class ForegroundCommand
{
    private const int Hangup = 1;

    /// <summary>Runs a command to its end, and outlives it whatever signal comes.</summary>
    /// <returns>Its exit code; 128 + signal when a signal ended it; 127 when there is no such program, 126 when it cannot be run.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> changes, TextWriter error)
    {
        if (Find(command[0], changes["PATH"]) is not { } program)
        {
            await error.WriteLineAsync($"icehost: {command[0]}: there is no such program");
            return 127;
        }

        var start = new ProcessStartInfo(program, command.Skip(1)) { UseShellExecute = false };
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
            process.Start();
        }
        catch (Win32Exception e)
        {
            await error.WriteLineAsync($"icehost: {program} cannot be started: {e.Message}");
            return 126;
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

    private static bool HasTerminal() => !Console.IsInputRedirected || !Console.IsOutputRedirected || !Console.IsErrorRedirected;

    /// <summary>The program that a shell would run, by the path that the command gets: so a bare compiler goes through the farm too.</summary>
    private static string? Find(string name, string path) =>
        name.Contains('/', StringComparison.Ordinal) ? (File.Exists(name) ? Path.GetFullPath(name) : null)
        : path.Split(':').Where(static folder => folder.Length > 0).Select(folder => Path.GetFullPath(Path.Combine(folder, name))).FirstOrDefault(CompilersOnPath.IsProgram);
}
