using System.CommandLine;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;
using IceCream.Host.Configuration;

namespace IceCream.Host.Commands;

/// <summary>The program's command line. Exit codes: 0 done, 1 it could not be done, 2 it cannot be meant; <c>run</c> ends as its command does.</summary>
internal static class IceHost
{
    /// <summary><c>SIGXFSZ</c>, for which the framework has no name; the number on every processor that it runs on.</summary>
    private const PosixSignal FileSizeExceeded = (PosixSignal)25;

    /// <summary>Reads the command line and does what it says.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        // A file beyond what the user's limit allows (ulimit -f) is a write that fails, and ends no build. Children get the default again, which
        // they would not if the signal were ignored.
        using var tooLarge = PosixSignalRegistration.Create(FileSizeExceeded, static signal => signal.Cancel = true);

        // Files of arguments are for compilers: a word of COMMAND that starts with @ is handed on as it is.
        ParseResult parsed = Build().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var mistake in parsed.Errors)
            {
                await error.WriteLineAsync($"icehost: {mistake.Message}");
            }

            string command = parsed.CommandResult.Command is RootCommand ? "icehost" : $"icehost {parsed.CommandResult.Command.Name}";
            await error.WriteLineAsync($"icehost: '{command} --help' lists what is allowed.");
            return 2;
        }

        try
        {
            // The nodes and `run` end on signals in their own way, without a limit of time: the library's is switched off.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (ConfigurationException e)
        {
            await error.WriteLineAsync($"icehost: {e.Message}");
            return 2;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // What the machine or the farm refuses is told in one line, with the reason that Core gave.
            await error.WriteLineAsync($"icehost: {e.Message}");
            return 1;
        }
    }

    internal static RootCommand Build() => new("IceLib: distributed C and C++ compiles. Nodes of a farm, builds on a farm, and looks at both.")
    {
        RunCommand.Build(),
        DaemonCommand.Build(),
        SchedulerCommand.Build(),
        StatusCommand.Build(),
        StatsCommand.Build(),
        WhyCommand.Build(),
        TopCommand.Build(),
        WatchCommand.Build(),
        ReportCommand.Build(),
        CacheCommand.Build(),
        CcacheStorageCommand.Build(),
        TokenCommand.Build(),
        RevokeCommand.Build(),
        DrainCommand.BuildDrain(),
        DrainCommand.BuildUndrain(),
        DoctorCommand.Build(),
        ConfigCommand.Build(),
        MasqueradeCommand.Build(),
        MigrateCommand.Build(),
        FlagsCommand.Build(),
        CompletionCommand.Build(),
        CompletionCommand.BuildManual(),
    };
}
