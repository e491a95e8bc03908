using System.Globalization;
using System.Text;

namespace IceCream.Launcher;

/// <summary>
/// Becomes the program: same process, same words, same descriptors, so that nobody can tell that a launcher was there. Only its name is the
/// path behind the launcher where the typed one leads to the launcher, or may: compilers look for their parts beside what they were called by,
/// and there gcc finds no cc1 beside a link to the launcher.
/// </summary>
internal static unsafe class Exec
{
    private const int DeepestLevel = 8;
    private const int NotFound = 127, NotExecutable = 126;

    /// <summary>Becomes the program of a command. It returns only when that fails.</summary>
    /// <param name="command">The command.</param>
    /// <param name="program">The program's path; null to look for it as a shell does.</param>
    /// <param name="path">The search path; null for the system's.</param>
    /// <param name="level">How many launchers the command has gone through before.</param>
    /// <param name="slot">A socket to keep open, which holds a slot of the machine until the program ends; -1 for none.</param>
    /// <returns>The exit code to leave with, after the user has been told.</returns>
    public static int Program(Command command, string? program, string? path, int level, int slot = -1)
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
            // Whatever launchers this program calls run inside the slot that it holds: asking for another could wait forever.
            _ = Libc.SetVariable(Settings.DisableVariable, "1", overwrite: 1);
            _ = Libc.Control(slot, Libc.SetDescriptorFlags, 0);
        }

        int error = Execute(command, program is null ? null : Encoding.UTF8.GetBytes(program + '\0'), program is not null && command.Names(program, path));
        Output.Say($"cannot run '{program ?? Encoding.UTF8.GetString(command.Words[command.First])}': {Libc.Describe(error)}");
        return error == Libc.ENOENT ? NotFound : NotExecutable;
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
