using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace IceCream.Host.Hosting;

/// <summary>The log: one line for each event on standard error.</summary>
internal static class ConsoleLog
{
    public static void Configure(ILoggingBuilder logging, LogLevel level)
    {
        // What the framework logs is the stack trace of a start that failed, and that ends as one line of ours.
        logging.SetMinimumLevel(level).AddFilter("Microsoft", LogLevel.None).AddConsole(static console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            // Under systemd each line carries its priority, and the journal its time.
            console.FormatterName = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is null ? ConsoleFormatterNames.Simple : ConsoleFormatterNames.Systemd;
        });
        logging.Services.Configure<SimpleConsoleFormatterOptions>(static simple =>
        {
            simple.SingleLine = true;
            simple.ColorBehavior = LoggerColorBehavior.Disabled;
            simple.TimestampFormat = "HH:mm:ss ";
        });
    }
}
