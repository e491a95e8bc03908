using System.Globalization;
using System.Net.Sockets;
using IceCream.Host.Hosting;
using IceCream.Host.Tests.Kit;
using IceCream.Platform;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Host.Tests.Hosting;

/// <summary>The log is lines, whatever others are called and say.</summary>
public sealed class ConsoleLogTests
{
    private const string Hostile = "w1\u001b[2J\r\u009b1A\n<0>icehost: all is well\u0085\u2028\u0007 \u202eünïcode";

    [Theory]
    [InlineData(LogLevel.Debug, "dbug", "<7>")]
    [InlineData(LogLevel.Information, "info", "<6>")]
    [InlineData(LogLevel.Warning, "warn", "<4>")]
    [InlineData(LogLevel.Error, "fail", "<3>")]
    [InlineData(LogLevel.Critical, "crit", "<2>")]
    public void An_event_is_one_line_as_the_terminal_and_as_the_journal_want_it(LogLevel level, string word, string priority)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 4, 12, 34, 56, TimeSpan.Zero));
        Assert.Equal($"12:34:56 {word}: IceCream.Nodes[7] told\n", Written(new LogLine(isJournal: false, time), level, "told", null));
        Assert.Equal($"{priority}IceCream.Nodes[7] told\n", Written(new LogLine(isJournal: true, time), level, "told", null));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_text_of_others_begins_a_line_or_moves_a_cursor(bool isJournal)
    {
        string line = Written(new LogLine(isJournal, TimeProvider.System), LogLevel.Warning, Hostile, new IOException(Hostile));
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain(line[..^1], static letter => char.IsControl(letter) || letter == '\u202e');
        Assert.Contains("all is well", line, StringComparison.Ordinal);
        Assert.Contains("ünïcode", line, StringComparison.Ordinal);
        Assert.Contains(nameof(IOException), line, StringComparison.Ordinal);
    }

    /// <summary>A build that a service runs (a runner of CI) inherits what systemd told the service, and writes its log elsewhere.</summary>
    [Fact]
    public void The_journal_reads_what_leads_to_its_own_socket_only()
    {
        using var folder = new TestFolder();
        string journal = $"{folder.Path}/journal", file = folder.Write("log", "");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(journal));
        Assert.Equal(0, Linux.Stat(journal, followLinks: true, out FileStatus there));
        Assert.Equal(0, Linux.Stat(file, followLinks: true, out FileStatus elsewhere));
        Assert.True(ConsoleLog.IsJournal($"8:{there.Inode}", journal));
        Assert.False(ConsoleLog.IsJournal($"8:1{there.Inode}", journal));
        Assert.False(ConsoleLog.IsJournal($"8:{elsewhere.Inode}", file));
        Assert.False(ConsoleLog.IsJournal(null, journal));
    }

    [Fact]
    public void The_console_writes_its_lines_so()
    {
        using ServiceProvider services = new ServiceCollection().AddLogging(static logging => ConsoleLog.Configure(logging, LogLevel.Information)).BuildServiceProvider();
        string? name = services.GetRequiredService<IOptionsMonitor<ConsoleLoggerOptions>>().CurrentValue.FormatterName;
        Assert.IsType<LogLine>(Assert.Single(services.GetServices<ConsoleFormatter>(), formatter => formatter.Name == name));
    }

    [Fact]
    public async Task What_a_node_says_of_others_is_one_line_too()
    {
        using var console = new StringWriter(CultureInfo.InvariantCulture);
        await using var node = new Talker(console);
        await node.StartAsync(CancellationToken.None);
        Assert.DoesNotContain(console.ToString().TrimEnd('\n'), static letter => char.IsControl(letter) || letter == '\u202e');
        Assert.StartsWith("icehost: w1", console.ToString(), StringComparison.Ordinal);
    }

    private static string Written(LogLine formatter, LogLevel level, string message, Exception? exception)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        formatter.Write(new LogEntry<string>(level, "IceCream.Nodes", new EventId(7), message, exception, static (state, _) => state), null, text);
        return text.ToString();
    }

    private sealed class Talker(TextWriter console) : HostedNode(console)
    {
        public override Task StartAsync(CancellationToken cancellationToken)
        {
            Say(Hostile);
            return Task.CompletedTask;
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
