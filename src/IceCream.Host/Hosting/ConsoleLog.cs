using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace IceCream.Host.Hosting;

/// <summary>Configures the log: one line for each event on standard error.</summary>
internal static class ConsoleLog
{
    public static void Configure(ILoggingBuilder logging, LogLevel level)
    {
        // The framework logs only the stack trace of a failed start, which icehost reports as one line of its own.
        logging.SetMinimumLevel(level).AddFilter("Microsoft", LogLevel.None).AddConsole(static console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            console.FormatterName = LogLine.Key;
        });
        logging.Services.AddSingleton<ConsoleFormatter>(new LogLine(Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null, TimeProvider.System));
    }
}
