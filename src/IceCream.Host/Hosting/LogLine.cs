using System.Globalization;
using IceCream.Host.Rendering;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace IceCream.Host.Hosting;

/// <summary>
/// Writes each log event as one line, in the forms of the framework's formatters for one line and for systemd. Those replace newlines only, but names, reasons and errors
/// of other machines are in the events: no control character of theirs may begin a line or move a terminal's cursor.
/// </summary>
/// <param name="isJournal">Whether the journal reads it: each line has a priority then, and no time, which the journal adds.</param>
/// <param name="time">The clock.</param>
internal sealed class LogLine(bool isJournal, TimeProvider time) : ConsoleFormatter(Key)
{
    /// <summary>The name by which the console logger is told to use it.</summary>
    public const string Key = "icehost";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string message = logEntry.Formatter?.Invoke(logEntry.State, logEntry.Exception) ?? "";
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{logEntry.Category}[{logEntry.EventId.Id}] {message}{(logEntry.Exception is { } exception ? $" {exception}" : "")}");

        // The lines of a stack trace, and of what a compiler said, become one.
        textWriter.WriteLine(Head(logEntry.LogLevel) + Terminal.Line(text.ReplaceLineEndings(" ")));
    }

    private string Head(LogLevel level) => isJournal ? Priority(level) : $"{time.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {Word(level)}: ";

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };

    /// <summary>The priority as sd-daemon(3) spells it.</summary>
    private static string Priority(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "<7>",
        LogLevel.Information => "<6>",
        LogLevel.Warning => "<4>",
        LogLevel.Error => "<3>",
        _ => "<2>",
    };
}
