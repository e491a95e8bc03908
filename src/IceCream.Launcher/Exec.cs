using System.Globalization;
using System.Text;

namespace IceCream.Launcher;

/// <summary>
/// Replaces the launcher by the program (execvp): same process, arguments and descriptors, so that callers cannot see the launcher.
/// Only argv[0] is replaced by the program's path where the typed name leads, or may lead, to the launcher: compilers look for their parts
/// relative to argv[0], and gcc finds no cc1 beside a link to the launcher.
/// </summary>
internal static unsafe class Exec
{
    private const int DeepestLevel = 8;
    private const int NotFound = 127, NotExecutable = 126;

    /// <summary>Replaces this process by the program of a command; returns only when that fails.</summary>
    /// <param name="command">The command.</param>
    /// <param name="program">The program's path; null to search PATH as a shell does.</param>
    /// <param name="path">The search path; null for the system's.</param>
    /// <param name="level">How many launchers the command has passed through before this one.</param>
    /// <param name="slot">A socket that stays open across exec and holds a local slot until the program ends; -1 for none.</param>
    /// <returns>The exit code of this process; the error message has been written.</returns>
    public static int Program(Command command, string? program, string? path, int level, int slot = -1) =>
        Become(command, program is null ? null : Encoding.UTF8.GetBytes(program + '\0'), program is not null && command.Names(program, path), level, slot);

    /// <summary>Replaces this process by a program whose path may be no text; returns only when that fails.</summary>
    /// <param name="command">The command.</param>
    /// <param name="file">The program's path, with a terminating zero.</param>
    /// <param name="level">How many launchers the command has passed through before this one.</param>
    /// <returns>The exit code of this process; the error message has been written.</returns>
    public static int File(Command command, byte[] file, int level) => Become(command, file, isNamed: false, level, slot: -1);

    private static int Become(Command command, byte[]? file, bool isNamed, int level, int slot)
    {
        if (level >= DeepestLevel)
        {
            Output.Say($"'{command}' has come back here {level} times: a script named '{command.Name}' calls the launcher, and the launcher finds that script"
                + " as the compiler. Let the script call the compiler by its full path, or take its folder off PATH.");
            return 1;
        }

        _ = Libc.SetVariable(Settings.LevelVariable, (level + 1).ToString(CultureInfo.InvariantCulture), overwrite: 1);
        if (slot >= 0)
        {
            // Launchers that this program calls run inside the slot it holds: a request for another slot could wait forever.
            _ = Libc.SetVariable(Settings.DisableVariable, "1", overwrite: 1);
            _ = Libc.Control(slot, Libc.SetDescriptorFlags, 0);
        }

        int error = Execute(command, file, isNamed);
        if (error == Libc.E2BIG)
        {
            RemoveTraces(level, slot);
            error = Execute(command, file, isNamed);
        }

        Output.Say($"cannot run '{Encoding.UTF8.GetString(file is null ? command.Words[command.First] : file.AsSpan(0, file.Length - 1))}': {Libc.Describe(error)}");
        return error == Libc.ENOENT ? NotFound : NotExecutable;
    }

    /// <summary>
    /// Removes what the launcher added to the environment: a command line that is as long as the kernel allows has no room for it. Without the variable that
    /// keeps inner launchers from asking for a slot there can be no slot either.
    /// </summary>
    private static void RemoveTraces(int level, int slot)
    {
        if (level == 0)
        {
            _ = Libc.RemoveVariable(Settings.LevelVariable);
        }

        if (slot >= 0)
        {
            _ = Libc.RemoveVariable(Settings.DisableVariable);
            _ = Libc.Control(slot, Libc.SetDescriptorFlags, Libc.ClosedByExec);
        }
    }

    private static int Execute(Command command, byte[]? program, bool isNamed)
    {
        int count = command.Words.Count - command.First;
        byte*[] arguments = new byte*[count + 1];
        fixed (byte* words = command.Words.Bytes)
        fixed (byte* path = program)
        fixed (byte** start = arguments)
        {
            for (int i = 0; i < count; i++)
            {
                start[i] = words + command.Words.Start(command.First + i);
            }

            if (path != null && !isNamed)
            {
                start[0] = path;
            }

            _ = Libc.Execute(program is null ? start[0] : path, start);
            return Libc.Error;
        }
    }
}
