using System.Globalization;
using IceCream.Platform;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace IceCream.Host.Hosting;

/// <summary>Configures the log: one line for each event on standard error.</summary>
internal static class ConsoleLog
{
    private const string StandardError = "/proc/self/fd/2";

    public static void Configure(ILoggingBuilder logging, LogLevel level)
    {
        // The framework logs only the stack trace of a failed start, which icehost reports as one line of its own.
        logging.SetMinimumLevel(level).AddFilter("Microsoft", LogLevel.None).AddConsole(static console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            console.FormatterName = LogLine.Key;
        });
        logging.Services.AddSingleton<ConsoleFormatter>(new LogLine(IsJournal(Environment.GetEnvironmentVariable("JOURNAL_STREAM"), StandardError), TimeProvider.System));
    }

    /// <summary>Whether the journal reads a file. All that a service starts inherits the variable, also where standard error leads elsewhere by then.</summary>
    /// <param name="told">Device and inode of the journal's socket, as systemd tells them; null outside of services.</param>
    /// <param name="file">The file.</param>
    internal static bool IsJournal(string? told, string file) =>
        told is not null && Linux.Stat(file, followLinks: true, out FileStatus status) == 0 && status.IsSocket
        && told.EndsWith(string.Create(CultureInfo.InvariantCulture, $":{status.Inode}"), StringComparison.Ordinal);
}
