using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Wire;

namespace IceCream.Launcher;

/// <summary>A command as the agent is told of it.</summary>
internal static class JobRequest
{
    /// <summary>The request's bytes.</summary>
    /// <param name="command">The command.</param>
    /// <param name="program">The compiler's path.</param>
    /// <param name="workingDirectory">The working directory without links.</param>
    /// <param name="variables">The environment.</param>
    /// <param name="mode">The user's wish.</param>
    /// <returns>Null when the command cannot be told: something in it is not UTF-8, or it is too long.</returns>
    public static byte[]? Encode(Command command, string program, string workingDirectory, Variables variables, JobMode mode)
    {
        if (Words(command, program) is not { } words || variables.OfCompilers() is not { } environment || words.Length > WireLimits.Arguments)
        {
            return null;
        }

        try
        {
            return LauncherCodec.Encode(new LauncherMessage.Request
            {
                CommandLine = words,
                Compiler = program,
                WorkingDirectory = workingDirectory,
                Environment = environment,
                Withheld = variables.Others(),
                Umask = ProcessState.Umask(),
                Mode = mode,
                IsTerminal = ProcessState.IsTerminal(),
                View = FileView.Own(),
            });
        }
        catch (WireFormatException)
        {
            // Too long for one message. The compiler takes it, so it runs here.
            return null;
        }
    }

    private static ImmutableArray<string>? Words(Command command, string program)
    {
        var words = ImmutableArray.CreateBuilder<string>(command.Words.Count - command.First);
        int first = command.First;
        if (command.IsForeignPath)
        {
            // Where the job is done there is no launcher to lead to, and here the compiler is called by its own path too.
            words.Add(program);
            first++;
        }

        for (int i = first; i < command.Words.Count; i++)
        {
            if (command.Words.Text(i) is not { } word)
            {
                return null;
            }

            words.Add(word);
        }

        return words.MoveToImmutable();
    }
}
