using System.Collections.Immutable;
using System.Globalization;
using IceCream.CommandLine;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Wire;

namespace IceCream.Launcher;

/// <summary>Runs a command: sends it to the agent, or executes the compiler directly.</summary>
internal sealed class Launch(Command command, Settings settings, Variables variables, Log log)
{
    private const int NoCompiler = 127;

    private const string PathVariable = "PATH";

    private readonly string _self = Environment.ProcessPath ?? "";
    private readonly string? _path = variables.Get(PathVariable);

    /// <returns>The exit code; does not return if this process becomes the compiler.</returns>
    public int Run()
    {
        if (!command.IsPath && !variables.IsText(PathVariable))
        {
            return WithRawPath();
        }

        string? workingDirectory = ProcessState.WorkingDirectory();
        string? program = command.Locate(_path, workingDirectory ?? ProcessState.NamelessDirectory, _self);
        if (program is null && (command.IsMasquerade || (command.IsCompiler && !command.IsPath)))
        {
            return NoCompilerFound();
        }

        if (program is null || !command.IsCompiler)
        {
            return Here(program, CompilerNames.IsWrapper(command.Name)
                ? $"'{command.Name}' is no compiler but hands compiles on: they leave only if it calls icelaunch in turn, as ccache does with CCACHE_PREFIX=icelaunch"
                : $"'{command.Name}' is no compiler");
        }

        if (settings.IsDisabled)
        {
            return Here(program, $"{Settings.DisableVariable} is set");
        }

        if (workingDirectory is null)
        {
            return Here(program, "the working directory is gone, or its path is not UTF-8");
        }

        return JobRequest.Encode(command, program, workingDirectory, variables, settings.Mode) is { } frame
            ? Ask(program, frame, workingDirectory)
            : Here(program, "the agent cannot be told of the command: something in it is not UTF-8, or it is too long");
    }

    /// <summary>Runs the compiler that the bytes of the search path lead to: without the folders that are no text, another compiler of the name might be found.</summary>
    private int WithRawPath()
    {
        const string Reason = "a folder on PATH is not UTF-8";
        if (!command.IsMasquerade)
        {
            // The C library searches the bytes as they are.
            return Here(program: null, Reason);
        }

        if (RawSearch.Find(command.Name, variables.Bytes(PathVariable), ProcessState.OwnFile()) is not { } file)
        {
            return NoCompilerFound();
        }

        log.Say($"'{command}' runs here: {Reason}");
        return Exec.File(command, file, settings.Level);
    }

    private int NoCompilerFound()
    {
        Output.Say($"there is no '{command.Name}' on PATH, other than wrappers of compilers");
        return NoCompiler;
    }

    private int Ask(string program, byte[] frame, string workingDirectory)
    {
        uint user = Linux.EffectiveUser();
        ImmutableArray<AgentSocket> sockets = AgentSocket.Candidates(variables.Get, user);
        string obstacles = "";
        foreach (AgentSocket socket in sockets)
        {
            string? obstacle = socket.Fault(user);
            if (obstacle is null)
            {
                if (AgentConnection.Open(socket.Path, out int error) is { } connection)
                {
                    return connection.Ask(frame, out string fault) is { } answer ? Obey(program, answer, connection) : WithoutAgent(program, fault);
                }

                obstacle = $"no agent answers at '{socket.Path}': {Libc.Describe(error)}";
            }

            obstacles += obstacles.Length == 0 ? obstacle : "; " + obstacle;
        }

        if (settings.StartsAgents && command.Compiles && !command.IsProbe)
        {
            if (AgentSocket.RuntimeFault(variables.Get, user) is { } fault)
            {
                log.Say(fault);
            }

            log.Say(new AgentStart(
                sockets.Where(static socket => socket.Kind != AgentSocketKind.System).Select(socket => socket with { Path = Path.Combine(workingDirectory, socket.Path) }),
                TimeProvider.System).Try(_self, _path, variables));
        }

        return WithoutAgent(program, obstacles);
    }

    private int Obey(string program, LauncherMessage answer, AgentConnection connection)
    {
        switch (answer)
        {
            case LauncherMessage.Finished finished when settings.Mode != JobMode.Remote && IsCutHere(program, finished.StandardError.Span):
                connection.Close();
                return Here(program, "the terminal is narrower than the source that the compiler shows");
            case LauncherMessage.Finished finished:
                bool isSaid = Output.Write(Output.StandardOutput, finished.StandardOutput.Span) & Output.Write(Output.StandardError, finished.StandardError.Span);
                if (!isSaid && settings.Mode != JobMode.Remote)
                {
                    // If the output cannot be written, for example on a full disk, the compiler itself decides how to end: some fail, some ignore it, some abort.
                    connection.Close();
                    return Here(program, "what the compiler said cannot be written");
                }

                return finished.Signal != 0 ? Signals.Die(finished.Signal)
                    : finished.ExitCode == 0 && !isSaid ? 1
                    : finished.ExitCode;
            case LauncherMessage.RunHere here:
                return Here(program, here.Reason, connection.Descriptor);
            case LauncherMessage.Refused refused:
                connection.Close();
                return WithoutAgent(program, refused.Text);
            default:
                connection.Close();
                return WithoutAgent(program, $"the agent's answer makes no sense: a {answer.GetType().Name}");
        }
    }

    /// <summary>Whether the compiler would have shifted or cut source lines to the terminal's width. Clang only obeys COLUMNS, which travels.</summary>
    private bool IsCutHere(string program, ReadOnlySpan<byte> messages) =>
        !messages.IsEmpty && CompilerNames.Family(program) != CompilerFamily.Clang
        && !(int.TryParse(variables.Get("COLUMNS"), NumberStyles.Integer, CultureInfo.InvariantCulture, out int told) && told > 0)
        && ProcessState.IsTerminal() && ProcessState.TerminalColumns() is > 0 and int columns
        && SourceExcerpts.AreWiderThan(messages, columns);

    private int WithoutAgent(string program, string fault)
    {
        // Links and questions run here in every mode: a configure script must not fail because the agent is yet to be started.
        if (settings.Mode != JobMode.Remote || !command.Compiles || command.IsProbe)
        {
            return Here(program, fault);
        }

        Output.Say($"ICECREAM_MODE=remote forbids to run '{command}' here, and {fault}. Start an agent with 'icehost daemon', or set ICECREAM_MODE=auto.");
        return 1;
    }

    private int Here(string? program, string reason, int slot = -1)
    {
        log.Say($"'{command}' runs here: {reason}");
        return Exec.Program(command, program, _path, settings.Level, slot);
    }
}
