using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using IceCream.Host.Configuration;
using IceCream.Host.Rendering;

namespace IceCream.Host.Commands;

/// <summary>The program's command line. Exit codes: 0 success, 1 failure, 2 invalid command line or configuration; <c>run</c> returns its command's exit code.</summary>
internal static class IceHost
{
    /// <summary><c>SIGXFSZ</c>, for which the framework has no name; the number is the same on all supported processors.</summary>
    private const PosixSignal FileSizeExceeded = (PosixSignal)25;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        // A write beyond the user's file size limit (ulimit -f) must fail and not end the build. The signal is handled, not ignored, because children
        // would inherit that.
        using var tooLarge = PosixSignalRegistration.Create(FileSizeExceeded, static signal => signal.Cancel = true);

        // Response files are for compilers: a word of COMMAND that starts with @ is passed on unchanged.
        ParseResult parsed = Build().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var mistake in parsed.Errors)
            {
                await error.WriteLineAsync($"icehost: {mistake.Message}");
            }

            await error.WriteLineAsync($"icehost: '{PathOf(parsed.CommandResult)} --help' lists what is allowed.");
            return 2;
        }

        try
        {
            // The nodes and `run` handle signals themselves and without a time limit, so the library's handling is switched off.
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
            // A failure of the machine or the farm is reported in one line, with the reason from Core: another machine's words may be in it.
            await error.WriteLineAsync($"icehost: {Terminal.Line(e.Message)}");
            return 1;
        }
    }

    /// <summary>A command with those that it is part of, as it was typed.</summary>
    private static string PathOf(CommandResult result) => result.Parent is CommandResult above ? $"{PathOf(above)} {result.Command.Name}" : "icehost";

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
