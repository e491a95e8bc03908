using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Wire;

namespace IceCream.Launcher;

/// <summary>Encodes a command as a request to the agent.</summary>
internal static class JobRequest
{
    /// <summary>The request's bytes.</summary>
    /// <param name="command">The command.</param>
    /// <param name="program">The compiler's path.</param>
    /// <param name="workingDirectory">The working directory with links resolved.</param>
    /// <param name="variables">The environment.</param>
    /// <param name="mode">The mode that the user chose.</param>
    /// <returns>Null if the command cannot be encoded: a part is not UTF-8, or it exceeds the wire limits.</returns>
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
            // Too long for one message, but the compiler accepts it, so it runs here.
            return null;
        }
    }

    private static ImmutableArray<string>? Words(Command command, string program)
    {
        var words = ImmutableArray.CreateBuilder<string>(command.Words.Count - command.First);
        int first = command.First;
        if (command.IsForeignPath)
        {
            // A worker has no launcher at the typed path, and a local run calls the compiler by its own path too.
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
